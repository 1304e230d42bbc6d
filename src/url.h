/*
** URLs: what a base URL may be, and how a request target is built. Pure C.
*/
#ifndef rtk_url_h
#define rtk_url_h

#include "buffer.h"

#define RTK_DEFAULT_BASE_URL "https://api.cloudflare.com/client/v4"

enum { RTK_MAX_ID = 255, RTK_MAX_URL = 2048 };

/* The parts of a base URL or a proxy URL. They point into the text that was read. */
typedef struct rtk_url {
  const char *scheme, *password, *host, *path; /* the password of a proxy, percent-encoded */
  size_t scheme_len, password_len;
  size_t host_len, path_len; /* host_len includes the port; path has no last '/' */
  bool tls, loopback;
} rtk_url;

/*
** Reads a base URL: `https://host[:port][/path]`, or http where the host is this machine's own
** loopback (localhost, 127.x.x.x, [::1]). The grammar is narrower than RFC 3986 on purpose: a text
** that two parsers could read differently is refused. NULL when it is fine, else what is wrong
** with it (never quoting the text: it may hold a password).
*/
const char *rtk_url_read_base(const rtk_string *text, rtk_url *url);

/*
** Reads a proxy URL: `[scheme://][user[:password]@]host[:port]` with scheme http, https, socks4,
** socks4a, socks5 or socks5h. NULL, or what is wrong with it.
*/
const char *rtk_url_read_proxy(const rtk_string *text, rtk_url *url);

/* Whether it can be sent as a path: made of what may be in one, without '.' or '..' in it. */
bool rtk_url_is_path(const char *s, size_t n);

/* NULL for a text that can be one path segment, else why not. */
const char *rtk_url_check_id(const char *s, size_t n);

/* Decodes percent-encoding in place; returns the new length. What is behind it is zeroed. */
size_t rtk_url_decode(char *s, size_t n);

/* Adds `s` percent-encoded; RFC 3986's unreserved characters stay. False when out of memory. */
bool rtk_url_encode(rtk_buffer *b, const char *s, size_t n);

/*
** Adds `path` with its {names} replaced, in order, by `values`, each percent-encoded: up to
** `count` of them, or to the end of the path. Returns where in `path` it stopped (at the first
** name without a value, or at the end), NULL when out of memory.
*/
const char *rtk_url_expand(rtk_buffer *b, const char *path, const rtk_string *values, size_t count);

/* Adds `?name=value` or `&name=value`: `first` says which, and is false afterwards. */
bool rtk_url_add_query(rtk_buffer *b, bool *first, const rtk_string *name, const rtk_string *value);

#endif
