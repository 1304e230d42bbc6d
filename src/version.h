/*
** The version of this library: here, in rockspec/, CHANGELOG.md and packaging/debian/changelog.
** spec/packaging_spec.lua sees that they agree.
*/
#ifndef rtk_version_h
#define rtk_version_h

#define RTK_VERSION "0.1.0"

#endif
