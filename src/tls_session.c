#include "tls_session.h"

#include <string.h>

/*
** Weak references, met by the OpenSSL that comes with libcurl; null where none does. Declared here
** as its headers need not be there; the contract is that of OpenSSL 1.1.0 and later.
*/
#if defined(__ELF__)
int SSL_pending(const void *ssl) __attribute__((weak));
void SSL_get0_alpn_selected(const void *ssl, const unsigned char **name, unsigned *len)
    __attribute__((weak));
unsigned long ERR_peek_error(void) __attribute__((weak));
void ERR_clear_error(void) __attribute__((weak));
#else
static int (*const SSL_pending)(const void *) = NULL;
static void (*const SSL_get0_alpn_selected)(const void *, const unsigned char **,
                                            unsigned *) = NULL;
static unsigned long (*const ERR_peek_error)(void) = NULL;
static void (*const ERR_clear_error)(void) = NULL;
#endif

bool rtk_tls_session_has_unread(const void *ssl) {
  return SSL_pending != NULL && SSL_pending(ssl) > 0;
}

bool rtk_tls_session_is_http2(const void *ssl, bool otherwise) {
  const unsigned char *name = NULL;
  unsigned len = 0;
  if (SSL_get0_alpn_selected == NULL) return otherwise;
  SSL_get0_alpn_selected(ssl, &name, &len);
  return len == 2 && memcmp(name, "h2", 2) == 0;
}

void rtk_tls_session_forget_errors(void) {
  if (ERR_peek_error == NULL || ERR_clear_error == NULL) return;
  if (ERR_peek_error() != 0) ERR_clear_error();
}
