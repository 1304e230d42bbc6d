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
  rtk_free(v->list[index].ids);
  memset(&v->list[index], 0, sizeof v->list[index]);
  v->list[index].fd = -1;
}

static unsigned long long read_id(const char *word) {
  char digits[RTK_WORD];
  memcpy(digits, word + 1, RTK_WORD - 1);
  digits[RTK_WORD - 1] = '\0';
  return strtoull(digits, NULL, 16);
}

static bool add_id(rtk_visitor *visitor, unsigned long long id) {
  if (visitor->count == visitor->cap) {
    size_t cap = visitor->cap > 0 ? 2 * visitor->cap : 1;
    unsigned long long *ids = rtk_realloc(visitor->ids, cap * sizeof *ids);
    if (ids == NULL) return false;
    visitor->ids = ids;
    visitor->cap = cap;
  }
  visitor->ids[visitor->count++] = id;
  return true;
}

static void end_wait(rtk_visitor *visitor) {
  visitor->waits = visitor->told = false;
  visitor->count = 0;
}

/* A new wait begins with its first word. */
static rtk_visitor_state understand(rtk_visitor *visitor) {
  char kind = visitor->word[0];
  unsigned long long id = read_id(visitor->word);
  visitor->got = 0;
  if (visitor->told || kind == 'H') end_wait(visitor);
  if (id == 0 || visitor->is_reader || (kind != 'R' && kind != 'W' && kind != 'A'))
    return RTK_VISITOR_GONE;
  if (visitor->waits || !add_id(visitor, id)) return RTK_VISITOR_GONE;
  visitor->is_reader = kind == 'R';
  visitor->waits = kind == 'W';
  return kind == 'A' ? RTK_VISITOR_SILENT : RTK_VISITOR_READY;
}

rtk_visitor_state rtk_visitor_read(rtk_visitor *visitor) {
  ssize_t n = recv(visitor->fd, visitor->word + visitor->got, RTK_WORD - visitor->got, 0);
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
    return RTK_VISITOR_SILENT;
  if (n <= 0) return RTK_VISITOR_GONE;
  visitor->got += (size_t)n;
  if (visitor->got < RTK_WORD) return RTK_VISITOR_SILENT;
  return understand(visitor);
}

void rtk_visitor_say(int fd, char byte) {
  ssize_t ignored = send(fd, &byte, 1, MSG_NOSIGNAL);
  (void)ignored;
}

void rtk_visitor_tell(rtk_visitor *waiter) {
  waiter->waits = false;
  waiter->told = true;
  rtk_visitor_say(waiter->fd, RTK_SAY_BACK);
}

static bool waits_for(const rtk_visitor *visitor, unsigned long long id) {
  size_t i;
  for (i = 0; (visitor->waits || visitor->told) && i < visitor->count; i++)
    if (visitor->ids[i] == id) return true;
  return false;
}

bool rtk_visitors_wait_for(const rtk_visitors *v, unsigned long long id) {
  int i;
  for (i = 0; i < v->count; i++)
    if (waits_for(&v->list[i], id)) return true;
  return false;
}

void rtk_visitors_tell_waiter(rtk_visitors *v, unsigned long long id) {
  int i;
  for (i = 0; i < v->count; i++)
    if (v->list[i].waits && waits_for(&v->list[i], id)) rtk_visitor_tell(&v->list[i]);
}

void rtk_visitor_word(char word[RTK_WORD], char kind, unsigned long long id) {
  char text[RTK_WORD + 1];
  snprintf(text, sizeof text, "%c%015llx", kind, id & 0xfffffffffffffffULL);
  memcpy(word, text, RTK_WORD);
}
