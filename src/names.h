/*
** What a misspelt name may have meant. Pure C.
*/
#ifndef rtk_names_h
#define rtk_names_h

#include <stddef.h>

/*
** Of `count` names, each the first field (a const char *) of a struct of `size` bytes at `known`,
** the one that is nearest to `name`, or NULL when none is near: at most three edits away (case is
** free), fewer for short names, or holding `name` as a part.
*/
const char *rtk_nearest_name(const char *name, const void *known, size_t count, size_t size);

#endif
