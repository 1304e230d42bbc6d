#include "wire.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "memory.h"
#include "roots.h"
#include "url.h"
#include "version.h"

/* Keeps the first complaint: `name` and what is wrong with it. Neither may hold a secret. */
static void refuse(rtk_wire *wire, const char *name, const char *what) {
  if (wire->refusal[0] != '\0') return;
  snprintf(wire->refusal, sizeof wire->refusal, "%s %s", name, what);
}

/* {==== Header lines ==== */

/* The line "name: value" joins the others; its text, or NULL when out of memory. */
static const char *add_line(rtk_wire *wire, const char *name, const char *separator,
                            const rtk_string *value) {
  rtk_string *lines = rtk_realloc(wire->lines, (wire->line_count + 1) * sizeof *lines);
  rtk_buffer b = {NULL, 0, 0};
  rtk_string *line;
  bool done;
  if (lines == NULL) return NULL;
  wire->lines = lines;
  line = memset(&lines[wire->line_count], 0, sizeof *line);
  done = rtk_buffer_adds(&b, name) && rtk_buffer_adds(&b, separator) &&
         rtk_buffer_add(&b, value->s, value->n) && rtk_string_set(line, b.data, b.len);
  rtk_buffer_free(&b);
  if (done) wire->line_count++;
  return line->s;
}

static bool is_token_char(char c) {
  return c > 0x20 && c < 0x7f && strchr("\"(),/:;<=>?@[\\]{}", c) == NULL;
}

static bool is_token(const rtk_string *s) {
  size_t i;
  for (i = 0; i < s->n; i++)
    if (!is_token_char(s->s[i])) return false;
  return s->n > 0;
}

/* Of a field value: a tab is fine, other control characters are not. */
static bool has_control(const rtk_string *s) {
  size_t i;
  for (i = 0; i < s->n; i++)
    if (((unsigned char)s->s[i] < 0x20 && s->s[i] != '\t') || s->s[i] == 0x7f) return true;
  return false;
}

/* Why a header of this name is not the caller's to set, or NULL. */
static const char *explain_reserved(const char *name) {
  static const char *const credentials[] = {"Authorization", "X-Auth-Email", "X-Auth-Key",
                                            "X-Auth-User-Service-Key", "Proxy-Authorization"};
  static const char *const framing[] = {"Connection", "Content-Length", "Expect",
                                        "Host",       "Keep-Alive",     "Proxy-Connection",
                                        "TE",         "Trailer",        "Transfer-Encoding",
                                        "Upgrade",    "HTTP2-Settings"};
  size_t i;
  for (i = 0; i < sizeof credentials / sizeof *credentials; i++)
    if (strcasecmp(name, credentials[i]) == 0)
      return "is a credentials' header: credentials have options of their own";
  for (i = 0; i < sizeof framing / sizeof *framing; i++)
    if (strcasecmp(name, framing[i]) == 0) return "is a header that the connection itself sets";
  return NULL;
}

static const rtk_pair *find_header(const rtk_options *o, const char *name) {
  const rtk_pair *p;
  for (p = o->headers; p != NULL; p = p->next)
    if (strcasecmp(p->name.s, name) == 0) return p;
  return NULL;
}

static bool is_blank(const rtk_string *s) {
  return strspn(s->s, " \t") == s->n;
}

/* libcurl's spelling: "Name:" drops a header of its own, "Name;" sends one without a value. */
static bool add_header(rtk_wire *wire, const rtk_pair *p) {
  static const rtk_string none = {"", 0};
  const char *wrong = is_token(&p->name) ? explain_reserved(p->name.s) : "is not a header name";
  char label[96];
  snprintf(label, sizeof label, "headers: '%.64s'", is_token(&p->name) ? p->name.s : "...");
  if (wrong == NULL && p->value.s != NULL && has_control(&p->value))
    wrong = "has a value with a control character (CR, LF, NUL or the like) in it";
  if (wrong != NULL) {
    refuse(wire, label, wrong);
    return true;
  }
  if (p->value.s == NULL) return add_line(wire, p->name.s, ":", &none) != NULL;
  if (is_blank(&p->value)) return add_line(wire, p->name.s, ";", &none) != NULL;
  return add_line(wire, p->name.s, ": ", &p->value) != NULL;
}

static bool add_headers(rtk_wire *wire, const rtk_options *o) {
  static const rtk_string json = {"application/json", 16}, none = {"", 0};
  const rtk_pair *p;
  size_t total = 0;
  for (p = o->headers; p != NULL; p = p->next) total += p->name.n + p->value.n;
  if (total > RTK_MAX_HEADERS) {
    refuse(wire, "headers", "come to more than 16384 bytes");
    return true;
  }
  if (o->double_header)
    refuse(wire, "headers:", "one name is spelt in two ways; header names have no case");
  wire->has_type = find_header(o, "Content-Type") != NULL;
  wire->has_encoding = find_header(o, "Accept-Encoding") != NULL;
  if (find_header(o, "User-Agent") == NULL && add_line(wire, wire->agent.s, "", &none) == NULL)
    return false;
  if (find_header(o, "Accept") == NULL && add_line(wire, "Accept", ": ", &json) == NULL)
    return false;
  for (p = o->headers; p != NULL; p = p->next)
    if (!add_header(wire, p)) return false;
  return true;
}

/* }==== */

/* {==== Credentials ==== */

/* Visible characters only: anything else is a copying mistake, or an attempt to add headers. */
static const char *explain_credential(const rtk_string *s) {
  size_t i;
  if (s->n == 0) return "is empty";
  if (s->n > RTK_MAX_CREDENTIAL) return "is longer than 8192 bytes";
  for (i = 0; i < s->n; i++)
    if ((unsigned char)s->s[i] <= 0x20 || s->s[i] == 0x7f)
      return "has a space, a line break or another control character in it: copy it again";
  return NULL;
}

/* It stays where it is for as long as the wire. */
static void add_secret(rtk_wire *wire, const char *s, size_t n) {
  rtk_span *secret = &wire->secrets[wire->secret_count++];
  secret->s = s;
  secret->n = n;
}

static bool add_credential(rtk_wire *wire, const char *option, const char *header,
                           const char *separator, const rtk_string *value) {
  const char *wrong = explain_credential(value), *line;
  if (wrong != NULL) {
    refuse(wire, option, wrong);
    return true;
  }
  line = add_line(wire, header, separator, value);
  if (line == NULL) return false;
  add_secret(wire, line + strlen(header) + strlen(separator), value->n);
  return true;
}

/* One scheme only: the token before the pair, the pair before the service key. */
static bool add_scheme(rtk_wire *wire, const rtk_credentials *c) {
  if (c->api_token.s != NULL)
    return add_credential(wire, "api_token", "Authorization", ": Bearer ", &c->api_token);
  if (c->api_email.s != NULL && c->api_key.s != NULL)
    return add_credential(wire, "api_email", "X-Auth-Email", ": ", &c->api_email) &&
           add_credential(wire, "api_key", "X-Auth-Key", ": ", &c->api_key);
  if (c->user_service_key.s != NULL)
    return add_credential(wire, "user_service_key", "X-Auth-User-Service-Key", ": ",
                          &c->user_service_key);
  refuse(wire,
         "no credentials:", "set api_token (or CLOUDFLARE_API_TOKEN), or api_email and api_key");
  return true;
}

static bool has_half_pair(const rtk_credentials *c) {
  return (c->api_email.s == NULL) != (c->api_key.s == NULL);
}

static bool is_empty(const rtk_credentials *c) {
  return c->api_token.s == NULL && c->api_email.s == NULL && c->api_key.s == NULL &&
         c->user_service_key.s == NULL;
}

/* What was given beats the environment as a group. */
static bool add_credentials(rtk_wire *wire, const rtk_options *o) {
  const rtk_credentials *c = is_empty(&o->given) ? &o->environment : &o->given;
  bool alone = c->api_token.s == NULL && c->user_service_key.s == NULL;
  if (has_half_pair(c) && (c == &o->given || alone)) {
    refuse(wire, c->api_email.s != NULL ? "api_email" : "api_key",
           "is half of a pair: api_email and api_key go together (CLOUDFLARE_EMAIL and "
           "CLOUDFLARE_API_KEY)");
    return true;
  }
  return add_scheme(wire, c);
}

bool rtk_wire_has_secret(const rtk_wire *wire, const char *s, size_t n) {
  return rtk_redact_finds(wire->secrets, wire->secret_count, s, n);
}

void rtk_wire_redact(const rtk_wire *wire, char *s, size_t n) {
  rtk_redact(wire->secrets, wire->secret_count, s, n);
}

/* }==== */

/* {==== Where to, through what, trusting whom ==== */

/* FNV-1a. */
static unsigned long long hash(const rtk_string *text) {
  unsigned long long h = 14695981039346656037ull;
  size_t i;
  for (i = 0; i < text->n; i++) h = (h ^ (unsigned char)text->s[i]) * 1099511628211ull;
  return h != 0 ? h : 1;
}

static bool set_base(rtk_wire *wire, const rtk_options *o) {
  static const rtk_string standard = {RTK_DEFAULT_BASE_URL, sizeof RTK_DEFAULT_BASE_URL - 1};
  rtk_buffer b = {NULL, 0, 0};
  rtk_url url;
  const char *wrong = rtk_url_read_base(o->base_url.s != NULL ? &o->base_url : &standard, &url);
  bool done;
  if (wrong != NULL) {
    refuse(wire, "base_url", wrong);
    return true;
  }
  wire->tls = url.tls;
  done = rtk_buffer_adds(&b, url.tls ? "https://" : "http://") &&
         rtk_buffer_add(&b, url.host, url.host_len) && rtk_buffer_addc(&b, '/') &&
         rtk_string_set(&wire->origin, b.data, b.len) &&
         rtk_string_set(&wire->base_path, url.path, url.path_len);
  if (done) wire->origin_id = hash(&wire->origin);
  rtk_buffer_free(&b);
  return done;
}

static bool set_proxy_password(rtk_wire *wire, const rtk_url *url) {
  rtk_string *password = &wire->proxy_password;
  if (url->password_len == 0) return true;
  if (!rtk_string_set(password, url->password, url->password_len)) return false;
  password->n = rtk_url_decode(password->s, password->n);
  add_secret(wire, password->s, password->n);
  return true;
}

/*
** A plain request holds the credentials in clear: it does not leave this machine through a proxy
** either, so the environment's is not asked and a given one has to be on loopback too.
*/
static bool set_proxy(rtk_wire *wire, const rtk_options *o) {
  rtk_url url;
  const char *wrong;
  if (o->no_proxy || (o->proxy.s == NULL && !wire->tls)) return rtk_string_set(&wire->proxy, "", 0);
  if (o->proxy.s == NULL) return true;
  wrong = rtk_url_read_proxy(&o->proxy, &url);
  if (wrong == NULL && !wire->tls && !url.loopback)
    wrong = "would carry a plain http request to another machine: use an https base_url";
  if (wrong != NULL) {
    refuse(wire, "proxy", wrong);
    return true;
  }
  wire->absolute_target =
      !wire->tls && (url.scheme_len == 0 || strncasecmp(url.scheme, "http", 4) == 0);
  return rtk_string_copy(&wire->proxy, &o->proxy) && set_proxy_password(wire, &url);
}

static bool holds_pem(FILE *file) {
  char line[512];
  while (fgets(line, sizeof line, file) != NULL)
    if (strncmp(line, "-----BEGIN ", 11) == 0 && strstr(line, "CERTIFICATE-----") != NULL)
      return true;
  return false;
}

static bool set_ca_file(rtk_wire *wire, const rtk_options *o) {
  FILE *file;
  if (o->ca_file.s == NULL) return true;
  errno = 0;
  file = strlen(o->ca_file.s) == o->ca_file.n ? rtk_roots_open(o->ca_file.s) : NULL;
  if (file == NULL && (errno == EMFILE || errno == ENFILE))
    refuse(wire, "ca_file", "cannot be read now: this process has too many files open");
  else if (file == NULL)
    refuse(wire, "ca_file", "is not a file that can be read: check the path and its permissions");
  else if (!holds_pem(file))
    refuse(wire, "ca_file", "holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)");
  if (file != NULL) fclose(file);
  return rtk_string_copy(&wire->ca_file, &o->ca_file);
}

static bool set_ca_path(rtk_wire *wire, const rtk_options *o) {
  DIR *dir;
  if (o->ca_path.s == NULL) return true;
  dir = strlen(o->ca_path.s) == o->ca_path.n ? opendir(o->ca_path.s) : NULL;
  if (dir == NULL)
    refuse(wire, "ca_path", "is not a folder that can be read (openssl rehash makes one)");
  else
    closedir(dir);
  return rtk_string_copy(&wire->ca_path, &o->ca_path);
}

static bool set_user_agent(rtk_wire *wire, const rtk_options *o) {
  rtk_buffer b = {NULL, 0, 0};
  bool done = rtk_buffer_adds(&b, "User-Agent: lua-realtimekit/" RTK_VERSION);
  if (has_control(&o->user_agent)) refuse(wire, "user_agent", "has a control character in it");
  if (o->user_agent.n > RTK_MAX_USER_AGENT) refuse(wire, "user_agent", "is longer than 1024 bytes");
  if (o->user_agent.n > 0)
    done = done && rtk_buffer_addc(&b, ' ') && rtk_buffer_add(&b, o->user_agent.s, o->user_agent.n);
  done = done && rtk_string_set(&wire->agent, b.data, b.len);
  rtk_buffer_free(&b);
  return done;
}

/* }==== */

static bool fill(rtk_wire *wire, const rtk_options *o) {
  wire->http_version = o->http_version;
  wire->connect_timeout = o->connect_timeout;
  return add_credentials(wire, o) && set_base(wire, o) && set_proxy(wire, o) &&
         set_ca_file(wire, o) && set_ca_path(wire, o) && set_user_agent(wire, o) &&
         add_headers(wire, o);
}

rtk_wire *rtk_wire_new(const rtk_options *o) {
  rtk_wire *wire = rtk_zalloc(sizeof *wire);
  if (wire == NULL) return NULL;
  atomic_init(&wire->refs, 1);
  if (fill(wire, o)) return wire;
  rtk_wire_release(wire);
  return NULL;
}

const char *rtk_wire_name_encodings(char line[RTK_ENCODINGS], bool zlib, bool brotli, bool zstd) {
  static const char name[] = "Accept-Encoding: ";
  snprintf(line, RTK_ENCODINGS, "%s%s%s%s", name, zlib ? "deflate, gzip" : "identity",
           brotli ? ", br" : "", zstd ? ", zstd" : "");
  return line + sizeof name - 1;
}

bool rtk_wire_takes_http2(const rtk_wire *wire, bool several) {
  bool wanted = several ? wire->http_version != RTK_HTTP_1_1 : wire->http_version == RTK_HTTP_2;
  return wire->tls && wanted;
}

rtk_wire *rtk_wire_retain(rtk_wire *wire) {
  atomic_fetch_add_explicit(&wire->refs, 1, memory_order_relaxed);
  return wire;
}

bool rtk_wire_release(rtk_wire *wire) {
  size_t i;
  if (wire == NULL) return false;
  if (atomic_fetch_sub_explicit(&wire->refs, 1, memory_order_acq_rel) > 1) return true;
  for (i = 0; i < wire->line_count; i++) rtk_string_clear(&wire->lines[i]);
  rtk_free(wire->lines);
  rtk_string_clear(&wire->origin);
  rtk_string_clear(&wire->base_path);
  rtk_string_clear(&wire->agent);
  rtk_string_clear(&wire->ca_file);
  rtk_string_clear(&wire->ca_path);
  rtk_string_clear(&wire->proxy);
  rtk_string_clear(&wire->proxy_password);
  rtk_wipe(wire, sizeof *wire);
  rtk_free(wire);
  return false;
}
