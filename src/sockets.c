#include "sockets.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "descriptors.h"
#include "memory.h"

static bool grow(rtk_sockets *s) {
  size_t cap = s->cap > 0 ? 2 * s->cap : 4;
  rtk_socket *list = rtk_realloc(s->list, cap * sizeof *list);
  if (list == NULL) return false;
  s->list = list;
  s->cap = cap;
  return true;
}

bool rtk_sockets_add(rtk_sockets *s, int fd) {
  size_t i;
  for (i = 0; i < s->count && s->list[i].fd != fd; i++) continue;
  if (i == s->cap && !grow(s)) return false;
  if (i == s->count) s->count++;
  s->list[i].fd = fd;
  s->list[i].port = 0;
  return rtk_descriptor_close_at_exec(fd); /* libcurl (7.88) leaves it open */
}

/* 0 for what is no socket of IP (any more). */
static int read_port(int fd) {
  struct sockaddr_storage storage;
  socklen_t len = sizeof storage;
  if (getsockname(fd, (struct sockaddr *)&storage, &len) != 0) return 0;
  if (storage.ss_family == AF_INET) return ntohs(((const struct sockaddr_in *)&storage)->sin_port);
  if (storage.ss_family == AF_INET6)
    return ntohs(((const struct sockaddr_in6 *)&storage)->sin6_port);
  return 0;
}

int rtk_sockets_find(rtk_sockets *s, int port) {
  size_t i;
  for (i = 0; i < s->count; i++) {
    rtk_socket *socket = &s->list[i];
    if (socket->port != 0 && socket->port != port) continue;
    socket->port = read_port(socket->fd);
    if (socket->port == port) return socket->fd;
  }
  return -1;
}

bool rtk_sockets_has_unread(int fd) {
  char byte;
  return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

void rtk_sockets_free(rtk_sockets *s) {
  rtk_free(s->list);
  s->list = NULL;
  s->count = s->cap = 0;
}
