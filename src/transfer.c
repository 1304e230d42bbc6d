#include "transfer.h"

#include <curl/curl.h>
#include <string.h>

#include "clock.h"
#include "memory.h"
#include "outcome.h"
#include "process_id.h"
#include "roots.h"
#include "tls_advice.h"
#include "tls_session.h"

struct rtk_transfer {
  CURL *easy;
  CURLU *origin;            /* of the wire: parsed once, where libcurl would for each attempt */
  bool shared;              /* for a multi handle */
  pid_t owner;              /* the process whose sockets the handle has */
  rtk_wire *wire;           /* what the handle is set up for; NULL when for nothing */
  struct curl_slist *lines; /* an array: EXTRA lines, and the wire's, linked */
  bool has_method;          /* the handle is set up for such a one */
  bool http2;               /* what the handle's connections may speak */
  bool incomplete;          /* some roots could not be read */
  double timeout;           /* of this attempt */
  bool once_more;           /* this attempt has been asked for again, on a new connection */
  bool unread;              /* it was not sent: its connection had bytes of nobody's */
  rtk_intake in;
  rtk_sockets own, *sockets; /* of the connections that the handle can be given */
  struct curl_slist agent;   /* for a proxy that is asked for a tunnel */
  char encodings[RTK_ENCODINGS];
  char error[CURL_ERROR_SIZE];
};

/* {==== Callbacks: they fill the answer, and can only stop the transfer ==== */

/* Less than was offered is libcurl's word for stopping. */
static size_t on_header(char *line, size_t size, size_t count, void *user) {
  rtk_transfer *t = user;
  return rtk_intake_head(&t->in, line, size * count) ? size * count : 0;
}

static int read_status(const rtk_transfer *t) {
  long status = 0;
  curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
  return (int)status;
}

static size_t on_body(char *data, size_t size, size_t count, void *user) {
  rtk_transfer *t = user;
  if (t->in.received == 0) t->in.answer.status = read_status(t);
  return rtk_intake_body(&t->in, data, size * count) ? size * count : 0;
}

static int on_socket(void *user, curl_socket_t fd, curlsocktype purpose) {
  rtk_transfer *t = user;
  (void)purpose;
  if (rtk_sockets_add(t->sockets, fd)) return CURL_SOCKOPT_OK;
  t->in.state = RTK_INTAKE_NO_MEMORY;
  return CURL_SOCKOPT_ERROR;
}

/* NULL when it is not of OpenSSL, or there is none. */
static const void *find_tls_session(const rtk_transfer *t) {
  const struct curl_tlssessioninfo *info = NULL;
  curl_easy_getinfo(t->easy, CURLINFO_TLS_SSL_PTR, &info);
  return info != NULL && info->backend == CURLSSLBACKEND_OPENSSL ? info->internals : NULL;
}

/*
** A kept connection of HTTP/1.1 on which something has come without being asked for: libcurl (7.88)
** would take it for the answer to the next request. In HTTP/2 it is lawful.
*/
static bool has_unread(rtk_transfer *t, int port) {
  const void *tls = find_tls_session(t);
  bool http2 = rtk_wire_takes_http2(t->wire, t->shared);
  long opened = 0;
  curl_easy_getinfo(t->easy, CURLINFO_NUM_CONNECTS, &opened);
  if (tls != NULL) http2 = rtk_tls_session_is_http2(tls, http2);
  if (opened > 0 || http2) return false;
  if (tls != NULL && rtk_tls_session_has_unread(tls)) return true;
  return rtk_sockets_has_unread(rtk_sockets_find(t->sockets, port));
}

/* The connection is chosen, and nothing has been sent on it. */
static int on_request(void *user, char *ip, char *local_ip, int port, int local_port) {
  rtk_transfer *t = user;
  (void)ip, (void)local_ip, (void)port;
  t->unread = has_unread(t, local_port);
  return t->unread ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

/* }==== */

/* {==== Set-up ==== */

/*
** The options below are this library's promises; each is set, though some are libcurl's default.
** A macro, as curl_easy_setopt checks types only when it sees the option's name.
*/
#define SET(option, value)                                                 \
  do {                                                                     \
    CURLcode code_ = curl_easy_setopt(t->easy, CURLOPT_##option, (value)); \
    if (code_ != CURLE_OK) return code_;                                   \
  } while (0)

static CURLcode set_promises(rtk_transfer *t) {
  int has = curl_version_info(CURLVERSION_NOW)->features;
  SET(ERRORBUFFER, t->error);
  SET(HEADERFUNCTION, on_header);
  SET(HEADERDATA, t);
  SET(WRITEFUNCTION, on_body);
  SET(WRITEDATA, t);
  SET(SOCKOPTFUNCTION, on_socket);
  SET(SOCKOPTDATA, t);
  SET(PREREQFUNCTION, on_request);
  SET(PREREQDATA, t);
  SET(NOSIGNAL, 1L);
  SET(NOPROGRESS, 1L);
  SET(PROTOCOLS_STR, "http,https");
  SET(FOLLOWLOCATION, 0L);
  SET(NETRC, (long)CURL_NETRC_IGNORED);
  SET(SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  SET(SSL_VERIFYPEER, 1L);
  SET(SSL_VERIFYHOST, 2L);
  SET(PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  SET(PROXY_SSL_VERIFYPEER, 1L);
  SET(PROXY_SSL_VERIFYHOST, 2L);
  SET(HEADEROPT, (long)CURLHEADER_SEPARATE); /* the credentials are not the proxy's to see */
  SET(SUPPRESS_CONNECT_HEADERS, 1L);
  SET(HTTP09_ALLOWED, 0L);
  SET(ACCEPT_ENCODING, rtk_wire_name_encodings(t->encodings, has & CURL_VERSION_LIBZ,
                                               has & CURL_VERSION_BROTLI, has & CURL_VERSION_ZSTD));
  SET(TCP_KEEPALIVE, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
  SET(QUICK_EXIT, 1L); /* a hanging name lookup does not hold back the end */
#endif
  return CURLE_OK;
}

/* A forked process leaves the handle to its parent: to close it writes to the parent's socket. */
static void drop_handle(rtk_transfer *t) {
  if (t->owner == rtk_process_id()) curl_easy_cleanup(t->easy);
  curl_url_cleanup(t->origin);
  t->easy = NULL;
  t->origin = NULL;
}

/* A connection of one version of HTTP would serve a request for another: it goes. */
static bool renew_handle(rtk_transfer *t) {
  drop_handle(t);
  t->owner = rtk_process_id();
  t->easy = curl_easy_init();
  if (t->easy != NULL && set_promises(t) == CURLE_OK) return true;
  drop_handle(t);
  return false;
}

rtk_transfer *rtk_transfer_new(bool shared) {
  rtk_transfer *t = rtk_zalloc(sizeof *t);
  if (t == NULL) return NULL;
  t->shared = shared;
  t->sockets = &t->own;
  if (renew_handle(t)) return t;
  rtk_transfer_free(t);
  return NULL;
}

void rtk_transfer_free(rtk_transfer *t) {
  if (t == NULL) return;
  drop_handle(t);
  rtk_free(t->lines);
  rtk_wire_release(t->wire);
  rtk_intake_free(&t->in);
  rtk_sockets_free(&t->own);
  rtk_free(t);
}

/* For a body, or for none; "Expect" would have a large one wait. The wire's type is the one. */
enum { JSON, NO_TYPE, NO_WAIT, ENCODING, EXTRA };

/* libcurl reads the list and does not copy it: `t->lines` and the wire outlive its use. */
static CURLcode set_lines(rtk_transfer *t, const rtk_wire *wire) {
  char *const extra[] = {"Content-Type: application/json",
                         "Content-Type:", "Expect:", t->encodings};
  size_t i, count = EXTRA + wire->line_count;
  struct curl_slist *lines = rtk_realloc(NULL, count * sizeof *lines);
  if (lines == NULL) return CURLE_OUT_OF_MEMORY;
  for (i = 0; i < count; i++) {
    lines[i].data = i < EXTRA ? extra[i] : wire->lines[i - EXTRA].s;
    lines[i].next = i == JSON ? &lines[NO_WAIT] : i + 1 < count ? &lines[i + 1] : NULL;
  }
  if (wire->has_encoding) lines[ENCODING] = lines[EXTRA];
  if (wire->has_type) lines[JSON] = lines[NO_TYPE] = lines[NO_WAIT];
  rtk_free(t->lines);
  t->lines = lines;
  t->agent.data = wire->agent.s;
  SET(HTTPHEADER, lines + ENCODING);
  SET(PROXYHEADER, wire->tls ? &t->agent : NULL); /* else a proxy gets the request itself */
  return CURLE_OK;
}

/* Where it cannot be parsed the text has to do. */
static CURLcode set_origin(rtk_transfer *t, const rtk_wire *wire) {
  CURLU *origin = curl_url();
  bool parsed = origin != NULL && curl_url_set(origin, CURLUPART_URL, wire->origin.s, 0) == 0;
  SET(CURLU, parsed ? origin : NULL);
  curl_url_cleanup(t->origin);
  t->origin = origin;
  SET(URL, wire->origin.s);
  return CURLE_OK;
}

static CURLcode set_chosen_roots(rtk_transfer *t, const rtk_roots *roots) {
  struct curl_blob blob = {roots->bytes.data, roots->bytes.len, CURL_BLOB_COPY};
  struct curl_blob *bytes = roots->bytes.len > 0 ? &blob : NULL;
  SET(CAPATH, roots->folder.s);
  SET(CAINFO, roots->file);
  SET(CAINFO_BLOB, bytes);
  SET(PROXY_CAPATH, roots->folder.s); /* of a proxy that is spoken to over TLS */
  SET(PROXY_CAINFO, roots->file);
  SET(PROXY_CAINFO_BLOB, bytes);
  return CURLE_OK;
}

static CURLcode set_roots(rtk_transfer *t, const rtk_wire *wire) {
  const curl_version_info_data *built = curl_version_info(CURLVERSION_NOW);
  rtk_roots roots = {.system_file = built->cainfo,
                     .system_folder = built->capath,
                     .takes_folder_list = rtk_tls_is_openssl(built->ssl_version)};
  CURLcode code = CURLE_OUT_OF_MEMORY;
  if (rtk_roots_choose(&roots, &wire->ca_file, &wire->ca_path)) code = set_chosen_roots(t, &roots);
  t->incomplete = roots.incomplete;
  rtk_roots_clear(&roots);
  return code;
}

static CURLcode set_wire(rtk_transfer *t, const rtk_wire *wire) {
  bool two = rtk_wire_takes_http2(wire, t->shared);
  CURLcode code;
  SET(HTTP_VERSION, (long)(two ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
  SET(PIPEWAIT, two ? 1L : 0L); /* rather than to open a connection for each call */
  SET(CONNECTTIMEOUT_MS, rtk_clock_milliseconds(wire->connect_timeout));
  SET(PROXY, wire->proxy.s);                       /* NULL: the environment's */
  SET(NOPROXY, wire->proxy.s != NULL ? "" : NULL); /* without exceptions, where it was given */
  code = set_origin(t, wire);
  if (code == CURLE_OK) code = set_lines(t, wire);
  if (code == CURLE_OK) code = set_roots(t, wire);
  return code;
}

void rtk_transfer_tidy(rtk_transfer *t) {
  if (t->wire == NULL || t->wire->users > 0) return;
  curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, NULL);
  curl_easy_setopt(t->easy, CURLOPT_PROXYHEADER, NULL);
  curl_easy_setopt(t->easy, CURLOPT_PROXY, NULL);
  rtk_wire_release(t->wire);
  t->wire = NULL;
}

/*
** Every option of a wire is set, so that nothing of another one stays; the connections do.
** (curl_easy_reset would do for that, but when memory runs out it leaves half a handle, silently.)
*/
static CURLcode set_up(rtk_transfer *t, rtk_wire *wire) {
  bool renew = t->easy == NULL || (!t->shared && t->http2 != rtk_wire_takes_http2(wire, t->shared));
  CURLcode code;
  rtk_wire_release(t->wire);
  t->wire = NULL;
  if (renew && !renew_handle(t)) return CURLE_OUT_OF_MEMORY;
  t->http2 = rtk_wire_takes_http2(wire, t->shared);
  code = set_wire(t, wire);
  if (code == CURLE_OK) t->wire = rtk_wire_retain(wire);
  return code;
}

/* Most requests are a GET after a GET, for which nothing is to be done. */
static CURLcode set_method(rtk_transfer *t, const rtk_sending *s) {
  bool sends = s->method != NULL && s->method[0] == 'P'; /* POST, PUT, PATCH */
  if (s->method == NULL && !t->has_method) return CURLE_OK;
  t->has_method = true; /* if only in part */
  SET(HTTPGET, 1L);
  SET(CUSTOMREQUEST, s->method);
  SET(HTTPHEADER, t->lines + (!sends ? ENCODING : s->body->len > 0 ? JSON : NO_TYPE));
  if (sends) SET(POSTFIELDSIZE_LARGE, (curl_off_t)s->body->len);
  if (sends) SET(POSTFIELDS, s->body->len > 0 ? s->body->data : "");
  t->has_method = s->method != NULL;
  return CURLE_OK;
}

static CURLcode set_attempt(rtk_transfer *t, const rtk_sending *s, double timeout) {
  SET(REQUEST_TARGET, s->target);
  SET(TIMEOUT_MS, rtk_clock_milliseconds(timeout));
  SET(FRESH_CONNECT, s->once ? 1L : 0L);
  t->once_more = false;
  return set_method(t, s);
}

bool rtk_transfer_prepare(rtk_transfer *t, const rtk_settings *settings, const rtk_sending *sending,
                          double timeout) {
  rtk_transfer_recycle(t);
  t->in.limit = settings->max_response_bytes;
  t->timeout = timeout;
  if (t->owner != rtk_process_id()) drop_handle(t);
  if ((t->wire != settings->wire || t->incomplete || t->easy == NULL) &&
      set_up(t, settings->wire) != CURLE_OK)
    return false;
  return set_attempt(t, sending, timeout) == CURLE_OK;
}

void rtk_transfer_recycle(rtk_transfer *t) {
  rtk_intake_reset(&t->in);
  t->error[0] = '\0';
  t->unread = false;
}

void rtk_transfer_share(rtk_transfer *t, rtk_sockets *sockets) {
  t->sockets = sockets != NULL ? sockets : &t->own;
}

/* }==== */

/* {==== Outcome ==== */

/* libcurl says "out of memory" of a header line over its own bound, too (7.88). */
static bool is_long_line(const rtk_transfer *t) {
  curl_off_t first_byte = 0;
  if (t->in.received > 0) return false;
  curl_easy_getinfo(t->easy, CURLINFO_STARTTRANSFER_TIME_T, &first_byte);
  return first_byte > 0;
}

/* libcurl's other codes of TLS are of what is never asked for: client certificates, pins. */
static rtk_end_cause find_cause(const rtk_transfer *t, int code) {
  switch (code) {
    case CURLE_OK: return RTK_END_WHOLE;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER: return RTK_END_TLS_HANDSHAKE;
    case CURLE_PEER_FAILED_VERIFICATION: return RTK_END_TLS_CERTIFICATE;
    case CURLE_SSL_CACERT_BADFILE: return RTK_END_TLS_ROOTS;
    case CURLE_OPERATION_TIMEDOUT: return RTK_END_TIMEOUT;
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WRITE_ERROR: return RTK_END_UNDECODED; /* of libcurl's decoders */
    case CURLE_OUT_OF_MEMORY: return is_long_line(t) ? RTK_END_LONG_LINE : RTK_END_NO_MEMORY;
    case CURLE_FAILED_INIT: return RTK_END_NO_MEMORY;
#if LIBCURL_VERSION_NUM >= 0x080600
    case CURLE_TOO_LARGE: return RTK_END_LONG_LINE;
#endif
    default: return RTK_END_CONNECTION;
  }
}

static const char *read_http_version(const rtk_transfer *t) {
  long version = CURL_HTTP_VERSION_NONE;
  curl_easy_getinfo(t->easy, CURLINFO_HTTP_VERSION, &version);
  if (version == CURL_HTTP_VERSION_1_0) return "1.0";
  if (version == CURL_HTTP_VERSION_1_1) return "1.1";
  if (version == CURL_HTTP_VERSION_2_0) return "2";
  return version == CURL_HTTP_VERSION_3 ? "3" : NULL;
}

static void find_reason(rtk_transfer *t, int code, rtk_end *end) {
  curl_off_t connected = 0;
  size_t n = strlen(t->error);
  while (n > 0 && t->error[n - 1] == ' ') t->error[--n] = '\0'; /* some of its sentences end so */
  curl_easy_getinfo(t->easy, CURLINFO_PRETRANSFER_TIME_T, &connected);
  end->connected = connected > 0;
  end->text = t->error[0] != '\0' ? t->error : curl_easy_strerror((CURLcode)code);
  end->verified = RTK_TLS_UNVERIFIED;
  if (!rtk_tls_is_openssl(curl_version_info(CURLVERSION_NOW)->ssl_version)) return;
  curl_easy_getinfo(t->easy, CURLINFO_SSL_VERIFYRESULT, &end->verified);
  if (end->verified == 0)
    curl_easy_getinfo(t->easy, CURLINFO_PROXY_SSL_VERIFYRESULT, &end->verified);
}

void rtk_transfer_finish(rtk_transfer *t, int code) {
  rtk_answer *a = &t->in.answer;
  rtk_end end = {.cause = find_cause(t, code),
                 .timeout = t->timeout,
                 .connect_timeout = t->wire->connect_timeout};
  if (code != CURLE_OK) find_reason(t, code, &end);
  a->sent = code == CURLE_OK || end.connected;
  a->status = read_status(t);
  a->http_version = a->status != 0 ? read_http_version(t) : NULL;
  rtk_outcome_settle(&t->in, &end);
  /* A server may echo what it was sent; nobody is told. */
  rtk_wire_redact(t->wire, a->headers.lines.data, a->headers.lines.len);
  rtk_wire_redact(t->wire, a->message, strlen(a->message));
}

/* libcurl (7.88) gives up at the sixth dead connection of a handle's life, and counts anew. */
static bool is_worn_out(const rtk_transfer *t, int code) {
  return code == CURLE_SEND_ERROR && strncmp(t->error, "Connection died, tried", 22) == 0;
}

bool rtk_transfer_again(rtk_transfer *t, int code) {
  if (t->once_more || !(t->unread || is_worn_out(t, code))) return false;
  rtk_transfer_recycle(t);
  t->once_more = curl_easy_setopt(t->easy, CURLOPT_FRESH_CONNECT, 1L) == CURLE_OK;
  return t->once_more;
}

void rtk_transfer_perform(rtk_transfer *t) {
  int code;
  do code = (int)curl_easy_perform(t->easy);
  while (rtk_transfer_again(t, code));
  rtk_transfer_finish(t, code);
}

void *rtk_transfer_handle(const rtk_transfer *t) {
  return t->easy;
}

rtk_answer *rtk_transfer_answer(rtk_transfer *t) {
  return &t->in.answer;
}

/* }==== */
