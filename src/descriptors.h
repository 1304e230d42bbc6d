/*
** Descriptors as this library wants them: closed at exec, never blocking. Pure C.
*/
#ifndef rtk_descriptors_h
#define rtk_descriptors_h

#include <stdbool.h>

bool rtk_descriptor_close_at_exec(int fd);
bool rtk_descriptor_set_up(int fd);

/* A pipe of two such; both are -1 where it cannot be had. */
bool rtk_descriptor_pipe(int ends[2]);
void rtk_descriptor_close_pipe(int ends[2]);

#endif
