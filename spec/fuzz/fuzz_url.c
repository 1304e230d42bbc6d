/*
** A base URL, three ids and a query value, separated by '\n' in the input: a request target that is
** built from them is read back by libcurl as the same host, the same segments, the same value.
*/
#include <curl/curl.h>
#include <string.h>
#include <strings.h>

#include "fuzz.h"
#include "memory.h"
#include "url.h"

enum { PARTS = 5, IDS = 3 };

/* Cuts the input at its first line ends; copies, with '\0' behind, as the library gets them. */
static void cut(const char *s, size_t n, rtk_string parts[PARTS]) {
  int i;
  for (i = 0; i < PARTS; i++) {
    const char *end = i + 1 < PARTS ? memchr(s, '\n', n) : NULL;
    size_t len = end != NULL ? (size_t)(end - s) : n;
    PROPERTY(rtk_string_set(&parts[i], s, len));
    s += end != NULL ? len + 1 : len;
    n -= end != NULL ? len + 1 : len;
  }
}

/* The decoded text between the slashes `from` and the next one equals `id`. */
static const char *check_segment(const char *from, const rtk_string *id) {
  const char *end = from + strcspn(from, "/");
  int len = 0;
  char *text = curl_easy_unescape(NULL, from, (int)(end - from), &len);
  PROPERTY(text != NULL && (size_t)len == id->n && memcmp(text, id->s, id->n) == 0);
  curl_free(text);
  return end;
}

static const char *skip(const char *path, const char *prefix) {
  PROPERTY(strncmp(path, prefix, strlen(prefix)) == 0);
  return path + strlen(prefix);
}

static void check_path(const char *path, const rtk_url *url, const rtk_string *ids) {
  PROPERTY(strncmp(path, url->path, url->path_len) == 0);
  path = check_segment(skip(path + url->path_len, "/accounts/"), &ids[0]);
  path = check_segment(skip(path, "/realtime/kit/"), &ids[1]);
  path = check_segment(skip(path, "/sessions/"), &ids[2]);
  path = check_segment(skip(path, "/participants/"), &ids[0]);
  PROPERTY(*path == '\0');
}

static void check_host(const char *host, const rtk_url *url) {
  size_t n = strlen(host);
  PROPERTY(n <= url->host_len && strncasecmp(host, url->host, n) == 0);
  if (url->loopback)
    PROPERTY(strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
             strncmp(host, "127.", 4) == 0);
}

/* Numbers and IPv6 addresses are normalized by libcurl: their spelling is not compared. */
#define PATH "/accounts/{a}/realtime/kit/{b}/sessions/{c}/participants/{d}"

static bool is_numeric(const rtk_url *url) {
  size_t i;
  for (i = 0; i < url->host_len; i++)
    if (!strchr("0123456789abcdefABCDEFxX.:[]", url->host[i])) return false;
  return true;
}

static void check_whole(const rtk_url *url, const rtk_buffer *b, const rtk_string *parts) {
  CURLU *parsed = curl_url();
  char *host = NULL, *path = NULL, *query = NULL, *user = NULL;
  int len = 0;
  PROPERTY(curl_url_set(parsed, CURLUPART_URL, b->data, CURLU_PATH_AS_IS) == CURLUE_OK);
  PROPERTY(curl_url_get(parsed, CURLUPART_HOST, &host, 0) == CURLUE_OK);
  PROPERTY(curl_url_get(parsed, CURLUPART_PATH, &path, 0) == CURLUE_OK);
  PROPERTY(curl_url_get(parsed, CURLUPART_QUERY, &query, 0) == CURLUE_OK);
  PROPERTY(curl_url_get(parsed, CURLUPART_USER, &user, 0) == CURLUE_NO_USER);
  PROPERTY(strncmp(query, "q=", 2) == 0);
  if (!is_numeric(url) || url->loopback) check_host(host, url);
  check_path(path, url, &parts[1]);
  user = curl_easy_unescape(NULL, query + 2, 0, &len);
  PROPERTY((size_t)len == parts[4].n && memcmp(user, parts[4].s, parts[4].n) == 0);
  curl_free(host);
  curl_free(path);
  curl_free(query);
  curl_free(user);
  curl_url_cleanup(parsed);
}

static void build(const rtk_url *url, const rtk_string *parts) {
  static const rtk_string name = {"q", 1};
  rtk_buffer b = {NULL, 0, 0};
  rtk_string ids[IDS + 1] = {parts[1], parts[2], parts[3], parts[1]};
  bool first = true;
  const char *rest;
  PROPERTY(rtk_buffer_adds(&b, url->tls ? "https://" : "http://"));
  PROPERTY(rtk_buffer_add(&b, url->host, url->host_len));
  PROPERTY(rtk_buffer_add(&b, url->path, url->path_len));
  rest = rtk_url_expand(&b, PATH, ids, IDS + 1);
  PROPERTY(rest != NULL && *rest == '\0');
  PROPERTY(rtk_url_add_query(&b, &first, &name, &parts[4]) && rtk_buffer_terminate(&b));
  check_whole(url, &b, parts);
  rtk_buffer_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  rtk_string parts[PARTS];
  rtk_url url, proxy;
  int i;
  bool fit;
  memset(parts, 0, sizeof parts);
  cut((const char *)data, size, parts);
  fit = rtk_url_read_base(&parts[0], &url) == NULL;
  if (fit) PROPERTY(url.tls || url.loopback);
  rtk_url_read_proxy(&parts[0], &proxy);
  for (i = 1; i <= IDS; i++) fit = fit && rtk_url_check_id(parts[i].s, parts[i].n) == NULL;
  if (fit) build(&url, parts);
  for (i = 0; i < PARTS; i++) rtk_string_clear(&parts[i]);
  return 0;
}
