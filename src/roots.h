/*
** Which root certificates a connection trusts, in libcurl's terms. Pure C.
**
** The system's: its hashed folder where there is one, as a handshake then reads the one root that
** it needs; else its bundle and no folder, which lets libcurl keep the parsed bundle. (Any folder
** beside a bundle, such as Debian's built-in default, makes it parse 140 certificates for every
** connection: 25 ms.) A given file and a given folder add their roots.
*/
#ifndef rtk_roots_h
#define rtk_roots_h

#include <stdio.h>

#include "buffer.h"

/* A regular file, opened to be read; NULL for all else, which could keep the caller waiting. */
FILE *rtk_roots_open(const char *path);

typedef struct rtk_roots {
  /* What libcurl was built with; NULL where it was not. */
  const char *system_file, *system_folder;
  bool takes_folder_list; /* OpenSSL: folders with ':' between them */

  /* What was chosen; absent where there is nothing to say. */
  rtk_string folder;
  const char *file;
  rtk_buffer bytes; /* PEM text: instead of a file, where two have to be one */
  bool incomplete;  /* for want of descriptors or memory: choose again before the next use */
} rtk_roots;

/* `file` and `folder` are what the user gave, if anything. False when out of memory. */
bool rtk_roots_choose(rtk_roots *roots, const rtk_string *file, const rtk_string *folder);
void rtk_roots_clear(rtk_roots *roots);

#endif
