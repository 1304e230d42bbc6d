#include "visitors.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "memory.h"

int rtk_visitors_add(rtk_visitors *v, int fd) {
  int i = 0;
  while (i < v->count && v->list[i].fd >= 0) i++;
  if (i == v->count) {
    rtk_visitor *list = rtk_realloc(v->list, (size_t)(v->count + 1) * sizeof *list);
    if (list == NULL) return -1;
    v->list = list;
    v->count++;
  }
  memset(&v->list[i], 0, sizeof v->list[i]);
  v->list[i].fd = fd;
  return i;
}

rtk_visitor *rtk_visitors_get(rtk_visitors *v, int index) {
  return &v->list[index];
}

void rtk_visitors_remove(rtk_visitors *v, int index) {
  v->list[index].fd = -1;
  v->list[index].id = 0;
}

static bool understand(rtk_visitor *visitor) {
  char digits[RTK_WORD];
  memcpy(digits, visitor->word + 1, RTK_WORD - 1);
  digits[RTK_WORD - 1] = '\0';
  visitor->got = 0;
  visitor->is_reader = visitor->word[0] == 'R';
  visitor->id = strtoull(digits, NULL, 16);
  return visitor->id != 0 && (visitor->is_reader || visitor->word[0] == 'W');
}

rtk_visitor_state rtk_visitor_read(rtk_visitor *visitor) {
  ssize_t n = recv(visitor->fd, visitor->word + visitor->got, RTK_WORD - visitor->got, 0);
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
    return RTK_VISITOR_SILENT;
  if (n <= 0) return RTK_VISITOR_GONE;
  visitor->got += (size_t)n;
  if (visitor->got < RTK_WORD) return RTK_VISITOR_SILENT;
  return understand(visitor) ? RTK_VISITOR_READY : RTK_VISITOR_GONE;
}

void rtk_visitor_say(int fd, char byte) {
  ssize_t ignored = send(fd, &byte, 1, MSG_NOSIGNAL);
  (void)ignored;
}

void rtk_visitors_tell_waiter(rtk_visitors *v, unsigned long long id) {
  int i;
  for (i = 0; i < v->count; i++) {
    if (v->list[i].fd < 0 || v->list[i].is_reader || v->list[i].id != id) continue;
    v->list[i].id = 0;
    rtk_visitor_say(v->list[i].fd, RTK_SAY_BACK);
  }
}

void rtk_visitor_word(char word[RTK_WORD], char kind, unsigned long long id) {
  char text[RTK_WORD + 1];
  snprintf(text, sizeof text, "%c%015llx", kind, id & 0xfffffffffffffffULL);
  memcpy(word, text, RTK_WORD);
}
