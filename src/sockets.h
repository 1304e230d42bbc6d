/*
** The sockets of one cache of connections, found again by their local port: libcurl (7.88) does not
** say which of them it has chosen for a request. Nobody tells of a closed one, so that each answer
** is asked of the system. Pure C.
*/
#ifndef rtk_sockets_h
#define rtk_sockets_h

#include <stdbool.h>
#include <stddef.h>

typedef struct rtk_socket {
  int fd;   /* each once */
  int port; /* local; 0 while it is not known */
} rtk_socket;

typedef struct rtk_sockets {
  rtk_socket *list;
  size_t count, cap;
} rtk_sockets;

/*
** A socket that is new: what its descriptor was before is forgotten, and it is not left open to
** other programs. False when out of memory.
*/
bool rtk_sockets_add(rtk_sockets *s, int fd);

/* The socket that has this local port, or -1. */
int rtk_sockets_find(rtk_sockets *s, int port);

/* Whether there is something to read, which an orderly end is not. */
bool rtk_sockets_has_unread(int fd);

void rtk_sockets_free(rtk_sockets *s);

#endif
