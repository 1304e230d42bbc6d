/*
** The part of a call's settings that shapes a libcurl handle: origin, header lines, credentials,
** trust, proxy. Worked out from options once, and immutable but for its counts. Pure C; whether a
** text is fit to be sent is decided here.
*/
#ifndef rtk_wire_h
#define rtk_wire_h

#include <stdatomic.h>

#include "options.h"
#include "redact.h"

enum { RTK_MAX_REFUSAL = 256, RTK_MAX_SECRETS = 4, RTK_ENCODINGS = 96 };

/*
** Bytes of a credential, of the user agent, of all further headers: together with the target they
** stay below what libcurl (1 MiB) and HTTP/2 (64 KiB) have for a request.
*/
enum { RTK_MAX_CREDENTIAL = 8192, RTK_MAX_USER_AGENT = 1024, RTK_MAX_HEADERS = 16384 };

/*
** What shapes a libcurl handle. Two calls of one wire need no new set-up between them. Settings use
** it, on the thread that runs Lua alone; handles hold it as well, some of them on the I/O thread.
*/
typedef struct rtk_wire {
  atomic_int refs;               /* of all who hold it */
  int users;                     /* settings: without any it is to be dropped by handles, too */
  char refusal[RTK_MAX_REFUSAL]; /* why nothing can be sent; empty when all is fine */
  rtk_string origin;             /* scheme://host[:port]/ */
  unsigned long long origin_id;  /* a hash of it, never 0 */
  rtk_string base_path;          /* of the base URL, without a last '/' */
  rtk_string *lines;             /* header lines as libcurl takes them */
  size_t line_count;
  bool has_type;                     /* one of them is, or drops, the type of a body */
  bool has_encoding;                 /* the same of Accept-Encoding */
  rtk_span secrets[RTK_MAX_SECRETS]; /* the credentials, and the password of `proxy` */
  size_t secret_count;
  rtk_string agent; /* a header line: the library and its user */
  rtk_string ca_file, ca_path;
  rtk_string proxy;          /* absent: the environment's; empty: none */
  rtk_string proxy_password; /* decoded; absent when there is none */
  bool tls;
  bool absolute_target; /* a plain request through a plain proxy names its origin */
  rtk_http_version http_version;
  double connect_timeout;
} rtk_wire;

/* NULL when out of memory. A refusal is not an error here: each call reports it. */
rtk_wire *rtk_wire_new(const rtk_options *o);
rtk_wire *rtk_wire_retain(rtk_wire *wire);

/* Whether others hold it still. */
bool rtk_wire_release(rtk_wire *wire);

/*
** Writes the header line that asks for what libcurl can decode; returns the value in it. libcurl
** would make the line anew for each attempt, as it would that of the user agent, at some cost.
*/
const char *rtk_wire_name_encodings(char line[RTK_ENCODINGS], bool zlib, bool brotli, bool zstd);

/* HTTP/2 goes over TLS only; several calls at once take it unless they are told otherwise. */
bool rtk_wire_takes_http2(const rtk_wire *wire, bool several);

/* Whether `s` holds a credential. */
bool rtk_wire_has_secret(const rtk_wire *wire, const char *s, size_t n);

/* Overwrites with '*' what of the credentials `s` holds: for what a server may have echoed. */
void rtk_wire_redact(const rtk_wire *wire, char *s, size_t n);

#endif
