#include "url.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static bool is_alnum(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Of each byte; those from 128 on are neither. RFC 3986: letters, digits, "-._~" are unreserved. */
enum { UNRESERVED = 1, CONTROL = 2 };
static const unsigned char kinds[256] = {
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0,
    0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1,
    0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 2,
};

static unsigned kind_of(char c) {
  return kinds[(unsigned char)c];
}

static bool is_unreserved(char c) {
  return kind_of(c) == UNRESERVED;
}

static size_t span_unreserved(const char *s, size_t n) {
  size_t i = 0;
  while (i < n && is_unreserved(s[i])) i++;
  return i;
}

static bool is_control(char c) {
  return kind_of(c) == CONTROL;
}

/* What a base path may hold; '%' is looked at where it stands. */
static bool is_path_char(char c) {
  return is_unreserved(c) || c == '/' || strchr("!$&'()*+,;=:@", c) != NULL;
}

/* "127.0.0.1" and its like: four plain decimal numbers, no leading zeros, the first one 127. */
static bool is_loopback_v4(const char *s, size_t n) {
  int part, number, digits;
  size_t i = 0;
  for (part = 0; part < 4; part++) {
    if (part > 0 && (i >= n || s[i++] != '.')) return false;
    for (number = digits = 0; i < n && is_digit(s[i]) && digits < 4; i++, digits++) {
      if (digits > 0 && number == 0) return false;
      number = number * 10 + (s[i] - '0');
    }
    if (digits == 0 || number > 255 || (part == 0 && number != 127)) return false;
  }
  return i == n;
}

static bool is_loopback(const char *s, size_t n) {
  return (n == 9 && strncasecmp(s, "localhost", n) == 0) ||
         (n == 5 && memcmp(s, "[::1]", n) == 0) || is_loopback_v4(s, n);
}

/* The length of "[address]" at `s`, 0 when it is no IPv6 address. */
static size_t span_ipv6(const char *s, size_t n) {
  char address[INET6_ADDRSTRLEN + 1]; /* counted from 1, as `s` is behind its bracket */
  unsigned char bytes[16];
  size_t i;
  for (i = 1; i < n && i < sizeof address && (is_hex(s[i]) || s[i] == ':' || s[i] == '.'); i++)
    address[i - 1] = s[i];
  if (i >= n || i >= sizeof address || s[i] != ']') return 0;
  address[i - 1] = '\0';
  return inet_pton(AF_INET6, address, bytes) == 1 ? i + 1 : 0;
}

/* The length of a host name, an IPv4 address or a bracketed IPv6 one at `s`; 0 if there is none. */
static size_t span_host(const char *s, size_t n) {
  size_t i = 0;
  if (n > 0 && s[0] == '[') return span_ipv6(s, n);
  while (i < n && (is_alnum(s[i]) || s[i] == '-' || s[i] == '.' || s[i] == '_')) i++;
  return i > 0 && s[0] != '.' && s[0] != '-' ? i : 0;
}

/* The length of ":port" at `s`, 0 when there is none; false for a port that cannot be. */
static bool span_port(const char *s, size_t n, size_t *len) {
  long port = 0;
  size_t i;
  *len = 0;
  if (n == 0 || s[0] != ':') return true;
  for (i = 1; i < n && i < 7 && is_digit(s[i]); i++) port = port * 10 + (s[i] - '0');
  if (i == 1 || port < 1 || port > 65535) return false;
  *len = i;
  return true;
}

/* Reads "host[:port]" at `s`; returns its length, 0 if it is none. */
static size_t read_authority(const char *s, size_t n, rtk_url *url) {
  size_t port, host = span_host(s, n);
  if (host == 0 || !span_port(s + host, n - host, &port)) return 0;
  url->host = s;
  url->host_len = host + port;
  url->loopback = is_loopback(s, host);
  return url->host_len;
}

static bool has_control(const char *s, size_t n) {
  unsigned found = 0;
  size_t i;
  for (i = 0; i < n; i++) found |= kind_of(s[i]);
  return (found & CONTROL) != 0;
}

/* Whether `s` is made of nothing but dots, each written as '.' or "%2e"; how many goes to *dots. */
static bool is_dots(const char *s, size_t n, size_t *dots) {
  size_t i;
  for (i = *dots = 0; i < n; ++*dots) {
    if (s[i] == '.')
      i++;
    else if (n - i >= 3 && strncasecmp(s + i, "%2e", 3) == 0)
      i += 3;
    else
      return false;
  }
  return true;
}

/* A dot segment, spelt in any way, would be resolved by some and sent as it is by others. */
static bool has_dot_segment(const char *s, size_t n) {
  size_t i, start = 0, dots;
  for (i = 0; i <= n; i++) {
    if (i < n && s[i] != '/') continue;
    if (i > start && is_dots(s + start, i - start, &dots) && dots <= 2) return true;
    start = i + 1;
  }
  return false;
}

bool rtk_url_is_path(const char *s, size_t n) {
  size_t i;
  for (i = 0; i < n; i++) {
    bool escape = s[i] == '%' && n - i > 2 && is_hex(s[i + 1]) && is_hex(s[i + 2]);
    if (!escape && (s[i] == '\0' || !is_path_char(s[i]))) return false;
  }
  return !has_dot_segment(s, n);
}

static const char *read_scheme(const char *s, size_t n, rtk_url *url) {
  size_t i = 0;
  while (i < n && is_alnum(s[i])) i++;
  if (i == 0 || n - i < 3 || memcmp(s + i, "://", 3) != 0) return NULL;
  url->scheme = s;
  url->scheme_len = i;
  return s + i + 3;
}

static bool scheme_is(const rtk_url *url, const char *scheme) {
  return url->scheme_len == strlen(scheme) &&
         strncasecmp(url->scheme, scheme, url->scheme_len) == 0;
}

/* The specific complaint comes first; "not a URL of this form" is for all that is left. */
static const char *explain_base(const char *s, size_t n) {
  if (memchr(s, '@', n) != NULL)
    return "has user information ('@'), which it must not: credentials have options of their own";
  if (memchr(s, '?', n) != NULL || memchr(s, '#', n) != NULL)
    return "has a query or a fragment, which it must not: extra parameters go into `query`";
  return "is not of the form https://host[:port][/path]";
}

const char *rtk_url_read_base(const rtk_string *text, rtk_url *url) {
  const char *s = text->s, *end = text->s + text->n, *rest;
  size_t len;
  memset(url, 0, sizeof *url);
  if (text->n > RTK_MAX_URL) return "is longer than 2048 bytes";
  if (has_control(s, text->n)) return "has a control character in it";
  rest = read_scheme(s, text->n, url);
  if (rest == NULL) return "has no scheme: it begins with https://";
  url->tls = scheme_is(url, "https");
  if (!url->tls && !scheme_is(url, "http")) return "has a scheme other than https";
  len = read_authority(rest, (size_t)(end - rest), url);
  if (len == 0) return explain_base(rest, (size_t)(end - rest));
  url->path = rest + len;
  url->path_len = (size_t)(end - url->path);
  while (url->path_len > 0 && url->path[url->path_len - 1] == '/') url->path_len--;
  if ((len < (size_t)(end - rest) && *url->path != '/') ||
      !rtk_url_is_path(url->path, url->path_len))
    return explain_base(rest, (size_t)(end - rest));
  if (!url->tls && !url->loopback)
    return "is plain http to another machine: use https (http is for loopback hosts only)";
  return NULL;
}

static int hex_value(char c) {
  return is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* "user" or "user:password", with anything unusual, and no control character, percent-encoded. */
static bool is_user_info(const char *s, size_t n) {
  size_t i;
  for (i = 0; i < n; i++) {
    if (s[i] == '%') {
      if (n - i < 3 || !is_hex(s[i + 1]) || !is_hex(s[i + 2])) return false;
      if (is_control((char)(hex_value(s[i + 1]) * 16 + hex_value(s[i + 2])))) return false;
    } else if (s[i] == '\0' || s[i] == '/' || s[i] == '@' || !is_path_char(s[i])) {
      return false;
    }
  }
  return true;
}

static bool is_proxy_scheme(const rtk_url *url) {
  static const char *const schemes[] = {"http", "https", "socks4", "socks4a", "socks5", "socks5h"};
  size_t i;
  for (i = 0; i < sizeof schemes / sizeof *schemes; i++)
    if (scheme_is(url, schemes[i])) return true;
  return false;
}

const char *rtk_url_read_proxy(const rtk_string *text, rtk_url *url) {
  const char *s = text->s, *end = text->s + text->n, *rest, *at;
  memset(url, 0, sizeof *url);
  if (text->n > RTK_MAX_URL) return "is longer than 2048 bytes";
  if (has_control(s, text->n)) return "has a control character in it";
  rest = read_scheme(s, text->n, url);
  if (rest == NULL) rest = s;
  if (url->scheme_len > 0 && !is_proxy_scheme(url))
    return "has a scheme other than http, https, socks4, socks4a, socks5 or socks5h";
  url->tls = scheme_is(url, "https");
  at = memchr(rest, '@', (size_t)(end - rest));
  if (at != NULL && is_user_info(rest, (size_t)(at - rest))) {
    const char *colon = memchr(rest, ':', (size_t)(at - rest));
    url->password = colon != NULL ? colon + 1 : at;
    url->password_len = (size_t)(at - url->password);
    rest = at + 1;
  }
  rest += read_authority(rest, (size_t)(end - rest), url);
  if (rest < end && *rest == '/') rest++;
  if (url->host_len == 0 || rest != end)
    return "is not of the form [scheme://][user:password@]host[:port] "
           "(characters like '@' and '/' in a password are written as %40 and %2F)";
  return NULL;
}

const char *rtk_url_check_id(const char *s, size_t n) {
  size_t dots;
  if (n == 0) return "is empty";
  if (n > RTK_MAX_ID) return "is longer than 255 bytes";
  if (has_control(s, n)) return "has a control character in it";
  if (is_dots(s, n, &dots) && dots <= 2) return "is '.' or '..', which names another place";
  return NULL;
}

size_t rtk_url_decode(char *s, size_t n) {
  size_t from, to = 0;
  for (from = 0; from < n; from++) {
    if (s[from] == '%' && n - from > 2 && is_hex(s[from + 1]) && is_hex(s[from + 2])) {
      s[to++] = (char)(hex_value(s[from + 1]) * 16 + hex_value(s[from + 2]));
      from += 2;
    } else {
      s[to++] = s[from];
    }
  }
  memset(s + to, 0, n - to);
  return to;
}

bool rtk_url_encode(rtk_buffer *b, const char *s, size_t n) {
  static const char hex[] = "0123456789ABCDEF";
  size_t plain = span_unreserved(s, n);
  if (n > (size_t)-1 / 3 || !rtk_buffer_reserve(b, 3 * n)) return false;
  for (;;) {
    unsigned char c;
    memcpy(b->data + b->len, s, plain);
    b->len += plain;
    if (plain == n) return true;
    c = (unsigned char)s[plain];
    b->data[b->len++] = '%';
    b->data[b->len++] = hex[c >> 4];
    b->data[b->len++] = hex[c & 15];
    s += plain + 1;
    n -= plain + 1;
    plain = span_unreserved(s, n);
  }
}

const char *rtk_url_expand(rtk_buffer *b, const char *path, const rtk_string *values,
                           size_t count) {
  size_t used = 0;
  for (;;) {
    size_t plain = strcspn(path, "{");
    if (!rtk_buffer_add(b, path, plain)) return NULL;
    path += plain;
    if (*path == '\0' || used == count) return path;
    if (!rtk_url_encode(b, values[used].s, values[used].n)) return NULL;
    path += strcspn(path, "}") + 1;
    used++;
  }
}

bool rtk_url_add_query(rtk_buffer *b, bool *first, const rtk_string *name,
                       const rtk_string *value) {
  if (!rtk_buffer_addc(b, *first ? '?' : '&')) return false;
  *first = false;
  return rtk_url_encode(b, name->s, name->n) && rtk_buffer_addc(b, '=') &&
         rtk_url_encode(b, value->s, value->n);
}
