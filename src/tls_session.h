/*
** What libcurl does not tell of a connection's TLS session, and OpenSSL does, where it is the one
** that libcurl uses. This library is not linked with it: its functions are there, or they are not.
*/
#ifndef rtk_tls_session_h
#define rtk_tls_session_h

#include <stdbool.h>

/* `ssl` is OpenSSL's SSL. Whether it holds bytes that have been decrypted and not yet read. */
bool rtk_tls_session_has_unread(const void *ssl);

/* Whether HTTP/2 was agreed upon; `otherwise` where nobody can say. */
bool rtk_tls_session_is_http2(const void *ssl, bool otherwise);

/*
** What failed stays in this thread's queue of errors until somebody looks; a host that uses OpenSSL
** itself, such as nginx, would take it for a failure of its own.
*/
void rtk_tls_session_forget_errors(void);

#endif
