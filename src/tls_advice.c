#include "tls_advice.h"

#include <stddef.h>
#include <string.h>

/* OpenSSL's numbers (x509_vfy.h); they are part of its binary interface and do not change. */
enum {
  V_OK = 0,
  V_UNSPECIFIED = 1, /* what libcurl begins with */
  V_UNABLE_TO_GET_ISSUER_CERT = 2,
  V_CERT_NOT_YET_VALID = 9,
  V_CERT_HAS_EXPIRED = 10,
  V_DEPTH_ZERO_SELF_SIGNED_CERT = 18,
  V_SELF_SIGNED_CERT_IN_CHAIN = 19,
  V_UNABLE_TO_GET_ISSUER_CERT_LOCALLY = 20,
  V_UNABLE_TO_VERIFY_LEAF_SIGNATURE = 21,
  V_CERT_UNTRUSTED = 27,
  V_HOSTNAME_MISMATCH = 62,
  V_IP_ADDRESS_MISMATCH = 64
};

#define OWN_ROOT "; a root of your own is named with ca_file or ca_path"
#define NEVER_OFF "; checks are never switched off"
#define BETWEEN ": look at proxies and firewalls between, and at the server"
#define TOO_OLD "; TLS 1.2 is the least, and the server has to speak it"

/* A host that does not match is libcurl's own finding: OpenSSL has none then. */
static const char *advise_certificate(long verified) {
  switch (verified) {
    case V_UNABLE_TO_GET_ISSUER_CERT:
    case V_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case V_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case V_CERT_UNTRUSTED:
      return OWN_ROOT ", the server has to send its intermediate certificates" NEVER_OFF;
    case V_DEPTH_ZERO_SELF_SIGNED_CERT:
    case V_SELF_SIGNED_CERT_IN_CHAIN: return OWN_ROOT NEVER_OFF;
    case V_CERT_NOT_YET_VALID: return "; check this machine's clock, then the server's certificate";
    case V_CERT_HAS_EXPIRED:
      return "; the server's certificate has to be renewed, or this machine's clock is wrong";
    case V_OK:
    case V_UNSPECIFIED:
    case V_HOSTNAME_MISMATCH:
    case V_IP_ADDRESS_MISMATCH:
      return "; check the host of base_url (or of proxy) against the names in the server's "
             "certificate";
    default: return NEVER_OFF;
  }
}

/* Of how a handshake failed there is no number, only OpenSSL's and the system's words for it. */
static const struct {
  const char *words, *advice;
} handshakes[] = {
    {"unsupported protocol", TOO_OLD},
    {"alert protocol version", TOO_OLD},
    {"wrong version number",
     "; that is no TLS: check base_url's host and port, and proxies between"},
    {"unexpected eof", "; it was closed within the handshake" BETWEEN},
    {"SSL_ERROR_SYSCALL", "; it was closed within the handshake" BETWEEN},
    {"reset by peer", "; it was reset within the handshake" BETWEEN},
};

static const char *advise_handshake(const char *text) {
  size_t i;
  for (i = 0; i < sizeof handshakes / sizeof *handshakes; i++)
    if (strstr(text, handshakes[i].words) != NULL) return handshakes[i].advice;
  return "; the two sides did not agree on how to speak" TOO_OLD;
}

const char *rtk_tls_advice(rtk_tls_trouble trouble, long verified, const char *text) {
  if (trouble == RTK_TLS_HANDSHAKE) return advise_handshake(text);
  if (trouble == RTK_TLS_CERTIFICATE) return advise_certificate(verified);
  return "; check that ca_file and ca_path hold whole certificates in PEM form";
}

bool rtk_tls_is_openssl(const char *name) {
  return name != NULL && strncmp(name, "OpenSSL/", 8) == 0;
}
