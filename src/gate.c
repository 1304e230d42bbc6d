#define _GNU_SOURCE /* O_PATH, struct ucred; NOLINT(bugprone-reserved-identifier) */
#include "gate.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "descriptors.h"

enum { BACKLOG = 128 };

static bool listen_at(rtk_gate *gate, const char *path) {
  struct sockaddr_un address;
  memset(&address, 0, sizeof address);
  address.sun_family = AF_UNIX;
  if (strlen(path) >= sizeof address.sun_path) return false;
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  gate->listener = socket(AF_UNIX, SOCK_STREAM, 0);
  return gate->listener >= 0 && rtk_descriptor_set_up(gate->listener) &&
         bind(gate->listener, (struct sockaddr *)&address, sizeof address) == 0 &&
         listen(gate->listener, BACKLOG) == 0;
}

/* From here on the socket is reached through the descriptor of its file alone. */
static void hide(rtk_gate *gate, const char *folder) {
#ifdef O_PATH
  char path[RTK_GATE_PATH];
  int anchor = open(gate->path, O_PATH | O_CLOEXEC);
  if (anchor < 0) return;
  snprintf(path, sizeof path, "/proc/self/fd/%d", anchor);
  if (access(path, F_OK) != 0) {
    close(anchor);
    return;
  }
  gate->anchor = anchor;
  unlink(gate->path);
  rmdir(folder);
  snprintf(gate->path, sizeof gate->path, "%s", path);
#else
  (void)gate;
  (void)folder;
#endif
}

bool rtk_gate_open(rtk_gate *gate) {
  const char *temporary = getenv("TMPDIR");
  char folder[RTK_GATE_PATH - 8];
  gate->listener = gate->anchor = -1;
  gate->path[0] = '\0';
  if (temporary == NULL || strlen(temporary) > 64) temporary = "/tmp";
  snprintf(folder, sizeof folder, "%s/realtimekit-XXXXXX", temporary);
  if (mkdtemp(folder) == NULL) return false;
  snprintf(gate->path, sizeof gate->path, "%s/socket", folder);
  if (listen_at(gate, gate->path)) {
    hide(gate, folder);
    return true;
  }
  rtk_gate_close(gate);
  rmdir(folder);
  return false;
}

void rtk_gate_close(rtk_gate *gate) {
  char *slash;
  if (gate->listener >= 0) close(gate->listener);
  if (gate->anchor >= 0) {
    close(gate->anchor);
  } else if (gate->path[0] != '\0') {
    unlink(gate->path);
    slash = strrchr(gate->path, '/');
    *slash = '\0';
    rmdir(gate->path);
  }
  gate->listener = gate->anchor = -1;
  gate->path[0] = '\0';
}

/* Where the system does not say who connects, the folder's permissions keep others out. */
static bool is_of_this_process(int fd) {
#ifdef SO_PEERCRED
  struct ucred peer;
  socklen_t len = sizeof peer;
  return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 && peer.pid == getpid();
#else
  (void)fd;
  return true;
#endif
}

int rtk_gate_accept(const rtk_gate *gate) {
  int fd;
  while ((fd = accept(gate->listener, NULL, NULL)) >= 0) {
    if (rtk_descriptor_set_up(fd) && is_of_this_process(fd)) return fd;
    close(fd);
  }
  return -1;
}
