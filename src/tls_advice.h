/*
** What to do about a TLS connection that was not made. Pure C: neither libcurl nor OpenSSL.
*/
#ifndef rtk_tls_advice_h
#define rtk_tls_advice_h

#include <stdbool.h>

typedef enum {
  RTK_TLS_HANDSHAKE,   /* it did not come to its end */
  RTK_TLS_CERTIFICATE, /* it did, and the certificate was not accepted */
  RTK_TLS_ROOTS        /* the roots could not be read */
} rtk_tls_trouble;

/* Of rtk_tls_advice's `verified`, where the TLS library is not OpenSSL. */
enum { RTK_TLS_UNVERIFIED = -1 };

/*
** The second half of a sentence, "; do this". `verified` is what OpenSSL made of the certificate,
** one of its X509_V_ numbers; `text` is what libcurl says.
*/
const char *rtk_tls_advice(rtk_tls_trouble trouble, long verified, const char *text);

/* Whether libcurl's name for its TLS, or NULL, is OpenSSL's. */
bool rtk_tls_is_openssl(const char *name);

#endif
