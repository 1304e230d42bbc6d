/* Which process this is, without a system call for each question. */
#ifndef rtk_process_id_h
#define rtk_process_id_h

#include <sys/types.h>

/*
** What getpid returns. Any thread may ask. A child is known by fork's own handlers: one that was
** made by a bare system call counts as its parent.
*/
pid_t rtk_process_id(void);

#endif
