/* The version of this library: here, in the rockspec and in CHANGELOG.md. */
#ifndef rtk_version_h
#define rtk_version_h

#define RTK_VERSION "0.1.0"

#endif
