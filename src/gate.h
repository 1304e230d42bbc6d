/*
** A listening unix socket that only this process can reach, and of which nothing is left in the
** file system where /proc is (a path is left until it is closed where it is not). Pure C.
*/
#ifndef rtk_gate_h
#define rtk_gate_h

#include <stdbool.h>

enum { RTK_GATE_PATH = 128 };

typedef struct rtk_gate {
  int listener, anchor; /* the anchor keeps the socket's file, whose name is gone; -1 without */
  char path[RTK_GATE_PATH];
} rtk_gate;

/* False, with errno, when it cannot be had. */
bool rtk_gate_open(rtk_gate *gate);
void rtk_gate_close(rtk_gate *gate);

/* The next connection, non-blocking; -1 when there is none. Other processes are turned away. */
int rtk_gate_accept(const rtk_gate *gate);

#endif
