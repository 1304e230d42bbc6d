/*
** libcurl 8, as far as it advises against what libcurl 7.88 does not: to be found before the header
** of 7.88, which Debian 12 has. For `make check`. (What 7.88 itself advises against, that header
** marks; and it has no old names of things if CURL_NO_OLDIES is defined.)
** Source: the marks in curl.h and multi.h of libcurl 8.23.0, and docs/libcurl/symbols-in-versions.
*/
#ifndef later_curl_h
#define later_curl_h

#include_next <curl/curl.h>

/* 8.2: of an old spelling */
#pragma GCC poison CURLOPT_MAIL_RCPT_ALLLOWFAILS
/* 8.3 */
#pragma GCC poison CURLSSLBACKEND_NSS CURLSSLBACKEND_GSKIT
/* 8.5, 8.8, 8.14 */
#undef CURL_WIN32
#undef CURLAUTH_NTLM_WB
#undef CURL_VERSION_NTLM_WB
#undef CURL_ISOCPP
/* 8.15 */
#pragma GCC poison CURLOPT_SSL_FALSESTART
#pragma GCC poison CURLSSLBACKEND_SECURETRANSPORT CURLSSLBACKEND_BEARSSL
/* 8.17 */
#pragma GCC poison CURLOPT_KRBLEVEL
/* 8.21 */
#pragma GCC poison CURLOPT_STREAM_DEPENDS CURLOPT_STREAM_DEPENDS_E
/* 8.22 */
#pragma GCC poison CURLOPT_TLSAUTH_USERNAME CURLOPT_TLSAUTH_PASSWORD CURLOPT_TLSAUTH_TYPE
#pragma GCC poison CURLOPT_PROXY_TLSAUTH_USERNAME CURLOPT_PROXY_TLSAUTH_PASSWORD
#pragma GCC poison CURLOPT_PROXY_TLSAUTH_TYPE

#endif
