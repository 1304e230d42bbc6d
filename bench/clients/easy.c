/*
** The limit for calls one after the other: libcurl's easy interface, one handle, HTTP/1.1, a new
** URL for each call, the body received and not looked at.
**   easy url=BASE ca=FILE calls=1000 warm=50 [roots=bundle|default]
** roots=bundle: FILE alone is trusted, so that libcurl can keep it in memory (the default);
** roots=default: the folder that libcurl was built with is looked at as well, and it keeps nothing.
*/
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

typedef struct client {
  CURL *easy;
  const char *base;
  size_t received;
} client;

static size_t on_body(char *data, size_t size, size_t count, void *user) {
  (void)data;
  ((client *)user)->received += size * count;
  return size * count;
}

static bool perform(client *c, int number) {
  char url[512];
  long status = 0;
  CURLcode code;
  bench_url(url, c->base, number);
  curl_easy_setopt(c->easy, CURLOPT_URL, url);
  c->received = 0;
  code = curl_easy_perform(c->easy);
  curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
  if (code == CURLE_OK && status == 200 && c->received > 0) return true;
  fprintf(stderr, "easy: %s, status %ld\n", curl_easy_strerror(code), status);
  return false;
}

static bool run(void *user, bench *b, int calls) {
  int i;
  for (i = 0; i < calls; i++) {
    double start = bench_now();
    if (!perform(user, i)) return false;
    b->times[i] = bench_now() - start;
  }
  return true;
}

static void set_up(client *c, const bench *b, struct curl_slist *lines) {
  const char *ca = bench_text(b, "ca", NULL);
  c->base = bench_text(b, "url", "");
  curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, lines);
  curl_easy_setopt(c->easy, CURLOPT_USERAGENT, "lua-realtimekit/bench");
  curl_easy_setopt(c->easy, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(c->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(c->easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(c->easy, CURLOPT_PROXY, "");
  curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(c->easy, CURLOPT_WRITEDATA, c);
  if (ca != NULL) curl_easy_setopt(c->easy, CURLOPT_CAINFO, ca);
  if (strcmp(bench_text(b, "roots", "bundle"), "bundle") == 0)
    curl_easy_setopt(c->easy, CURLOPT_CAPATH, NULL);
}

int main(int argc, char **argv) {
  struct curl_slist *lines = NULL;
  client c = {NULL, NULL, 0};
  bench b;
  int status;
  bench_start(&b, argc, argv);
  curl_global_init(CURL_GLOBAL_DEFAULT);
  lines =
      curl_slist_append(lines, "Authorization: Bearer 0123456789abcdef0123456789abcdef01234567");
  lines = curl_slist_append(lines, "Accept: application/json");
  c.easy = curl_easy_init();
  if (c.easy == NULL || lines == NULL) return EXIT_FAILURE;
  set_up(&c, &b, lines);
  status = bench_serve(&b, run, &c, false);
  curl_easy_cleanup(c.easy);
  curl_slist_free_all(lines);
  curl_global_cleanup();
  free(b.times);
  return status;
}
