/*
** What a programmer is told of an option that cannot be. Each raises, naming the argument and the
** option; the value that is wrong is on top of the stack.
*/
#ifndef rtk_misuse_h
#define rtk_misuse_h

#include "compat.h"

/* A table of options, at argument `arg`, and the one of them that is being read. */
typedef struct rtk_option_place {
  lua_State *L;
  int arg;
  const char *name;
} rtk_option_place;

/* "option 'x': " and the message. */
void rtk_misuse(const rtk_option_place *at, const char *message);

/* "... expected, got", and the value's type: it may be a secret. */
void rtk_misuse_type(const rtk_option_place *at, const char *expected);

/* The same with the number itself, if it is one. */
void rtk_misuse_number(const rtk_option_place *at, const char *expected);

/*
** [-0, +1] " (did you mean 'x'?)" for the name of a `count` at `known` that is nearest to `name`;
** "" when none is.
*/
const char *rtk_push_meant(lua_State *L, const char *name, const char *const *known, size_t count);

#endif
