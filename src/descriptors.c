#include "descriptors.h"

#include <fcntl.h>
#include <unistd.h>

bool rtk_descriptor_close_at_exec(int fd) {
  return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

bool rtk_descriptor_set_up(int fd) {
  return rtk_descriptor_close_at_exec(fd) && fcntl(fd, F_SETFL, O_NONBLOCK) == 0;
}

bool rtk_descriptor_pipe(int ends[2]) {
  ends[0] = ends[1] = -1;
  if (pipe(ends) == 0 && rtk_descriptor_set_up(ends[0]) && rtk_descriptor_set_up(ends[1]))
    return true;
  rtk_descriptor_close_pipe(ends);
  return false;
}

void rtk_descriptor_close_pipe(int ends[2]) {
  if (ends[0] >= 0) close(ends[0]);
  if (ends[1] >= 0) close(ends[1]);
  ends[0] = ends[1] = -1;
}
