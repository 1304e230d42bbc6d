#include "wiring.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "memory.h"
#include "roots.h"

/* A macro, as curl_easy_setopt checks types only when it sees the option's name. */
#define SET(option, value)                                                           \
  do {                                                                               \
    if (curl_easy_setopt(easy, CURLOPT_##option, (value)) != CURLE_OK) return false; \
  } while (0)

/* {==== Header lines ==== */

/*
** The user agent for a proxy that is asked for a tunnel; the type of a body, or none; no "Expect",
** which would have a large body wait; and from ENCODING on what every request has.
*/
enum { FOR_PROXY, JSON, NO_TYPE, NO_WAIT, ENCODING, AGENT, EXTRA };

/*
** The encodings are all that this libcurl can decode. It would make the line anew for each attempt,
** at some cost, as it would that of the user agent: it finds both in the list instead.
*/
static bool set_encodings(rtk_wiring *w, CURL *easy) {
  static const char name[] = "Accept-Encoding: ";
  static const struct {
    int feature;
    const char *names;
  } codings[] = {{CURL_VERSION_LIBZ, "deflate, gzip"},
                 {CURL_VERSION_BROTLI, "br"},
                 {CURL_VERSION_ZSTD, "zstd"}};
  const char *separator = "";
  size_t i, n = sizeof name - 1;
  memcpy(w->encodings, name, sizeof name);
  for (i = 0; i < sizeof codings / sizeof *codings; i++) {
    if (!(curl_version_info(CURLVERSION_NOW)->features & codings[i].feature)) continue;
    n += (size_t)snprintf(w->encodings + n, sizeof w->encodings - n, "%s%s", separator,
                          codings[i].names);
    separator = ", ";
  }
  SET(ACCEPT_ENCODING, w->encodings + sizeof name - 1); /* an answer in one of them is decoded */
  return true;
}

/*
** libcurl reads the list and does not copy it. Where the wire has a line of its own of that name,
** the one here gives its place to what follows it.
*/
static bool set_lines(rtk_wiring *w, CURL *easy, const rtk_wire *wire) {
  char *const extra[] = {
      wire->agent.s, "Content-Type: application/json", "Content-Type:", "Expect:", w->encodings,
      wire->agent.s};
  size_t i, count = EXTRA + wire->line_count;
  struct curl_slist *lines = rtk_realloc(NULL, count * sizeof *lines);
  if (lines == NULL) return false;
  for (i = 0; i < count; i++) {
    lines[i].data = i < EXTRA ? extra[i] : wire->lines[i - EXTRA].s;
    lines[i].next = i + 1 < count ? &lines[i + 1] : NULL;
  }
  lines[FOR_PROXY].next = NULL;
  lines[JSON].next = &lines[NO_WAIT];
  if (wire->has_agent) lines[AGENT] = lines[EXTRA];
  if (wire->has_encoding) lines[ENCODING] = lines[AGENT];
  if (wire->has_type) lines[JSON] = lines[NO_TYPE] = lines[NO_WAIT];
  rtk_free(w->lines);
  w->lines = lines;
  SET(HTTPHEADER, lines + ENCODING);
  SET(PROXYHEADER, wire->tls ? lines + FOR_PROXY : NULL); /* else a proxy gets the request itself */
  return true;
}

struct curl_slist *rtk_wiring_lines(const rtk_wiring *w, rtk_lines lines) {
  static const int first[] = {ENCODING, JSON, NO_TYPE};
  return w->lines + first[lines];
}

/* }==== */

/* {==== Where to, trusting whom ==== */

/* An origin that libcurl does not take is for the attempt to fail of. */
static bool set_origin(rtk_wiring *w, CURL *easy, const rtk_wire *wire) {
  CURLU *before = w->origin, *origin = curl_url();
  CURLUcode code = CURLUE_OUT_OF_MEMORY;
  if (origin != NULL) code = curl_url_set(origin, CURLUPART_URL, wire->origin.s, 0);
  if (code == CURLUE_OUT_OF_MEMORY) {
    curl_url_cleanup(origin);
    return false;
  }
  w->origin = origin;
  SET(CURLU, code == CURLUE_OK ? origin : NULL);
  curl_url_cleanup(before);
  SET(URL, wire->origin.s);
  return true;
}

static bool set_chosen_roots(CURL *easy, const rtk_roots *roots) {
  struct curl_blob blob = {roots->bytes.data, roots->bytes.len, CURL_BLOB_COPY};
  struct curl_blob *bytes = roots->bytes.len > 0 ? &blob : NULL;
  SET(CAPATH, roots->folder.s);
  SET(CAINFO, roots->file);
  SET(CAINFO_BLOB, bytes);
  SET(PROXY_CAPATH, roots->folder.s); /* of a proxy that is spoken to over TLS */
  SET(PROXY_CAINFO, roots->file);
  SET(PROXY_CAINFO_BLOB, bytes);
  return true;
}

bool rtk_wiring_is_openssl(void) {
  const curl_version_info_data *built = curl_version_info(CURLVERSION_NOW);
  return built->ssl_version != NULL && strncmp(built->ssl_version, "OpenSSL/", 8) == 0;
}

static bool set_roots(rtk_wiring *w, CURL *easy, const rtk_wire *wire) {
  const curl_version_info_data *built = curl_version_info(CURLVERSION_NOW);
  rtk_roots roots = {.system_file = built->cainfo,
                     .system_folder = built->capath,
                     .takes_folder_list = rtk_wiring_is_openssl()};
  bool done =
      rtk_roots_choose(&roots, &wire->ca_file, &wire->ca_path) && set_chosen_roots(easy, &roots);
  w->incomplete = roots.incomplete;
  rtk_roots_clear(&roots);
  return done;
}

/* }==== */

static bool set_all(rtk_wiring *w, CURL *easy, const rtk_wire *wire, bool two) {
  SET(HTTP_VERSION, (long)(two ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
  SET(PIPEWAIT, two ? 1L : 0L); /* rather than to open a connection for each call */
  SET(CONNECTTIMEOUT_MS, rtk_clock_milliseconds(wire->connect_timeout));
  SET(PROXY, wire->proxy.s);                       /* NULL: the environment's */
  SET(NOPROXY, wire->proxy.s != NULL ? "" : NULL); /* without exceptions, where it was given */
  return set_origin(w, easy, wire) && set_encodings(w, easy) && set_lines(w, easy, wire) &&
         set_roots(w, easy, wire);
}

bool rtk_wiring_set(rtk_wiring *w, void *easy, rtk_wire *wire, bool two) {
  rtk_wire_release(w->wire);
  w->wire = NULL;
  if (!set_all(w, easy, wire, two)) return false;
  w->wire = rtk_wire_retain(wire);
  return true;
}

bool rtk_wiring_is_of(const rtk_wiring *w, const rtk_wire *wire) {
  return w->wire == wire && !w->incomplete;
}

void rtk_wiring_clear(rtk_wiring *w, void *easy) {
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, NULL);
  curl_easy_setopt(easy, CURLOPT_PROXYHEADER, NULL);
  curl_easy_setopt(easy, CURLOPT_PROXY, NULL);
  rtk_free(w->lines);
  w->lines = NULL;
  rtk_wire_release(w->wire);
  w->wire = NULL;
}

void rtk_wiring_free(rtk_wiring *w) {
  curl_url_cleanup(w->origin);
  rtk_free(w->lines);
  rtk_wire_release(w->wire);
  memset(w, 0, sizeof *w);
}
