/*
** Options that are parameters of an endpoint's query: read from Lua as the table of endpoints says.
*/
#ifndef rtk_parameters_h
#define rtk_parameters_h

#include "endpoints.h"
#include "misuse.h"
#include "options.h"

/*
** A call takes the parameters of its endpoint. A client takes those of every endpoint (NULL here):
** each call then sends those that its endpoint has, with such values as that takes.
*/

/* Whether there is one of that name, which has `n` bytes. */
bool rtk_parameters_have(const rtk_endpoint *endpoint, const char *name, size_t n);

/*
** [-0, +0] Reads the value on top into `o->parameters`, and raises when it cannot be. False when
** there is no parameter of the name.
*/
bool rtk_parameters_read(const rtk_option_place *at, const rtk_endpoint *endpoint, rtk_options *o);

/* Puts the names into `names`, as far as there is room, each once; returns how many. */
size_t rtk_parameters_names(const rtk_endpoint *endpoint, const char **names, size_t room);

/* What is longer than any name may be a credential in the wrong place: it is not quoted. */
enum { RTK_LONGEST_QUOTED = 32 };

#endif
