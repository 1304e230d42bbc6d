#include "roots.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_regular(int fd) {
  struct stat status;
  return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

FILE *rtk_roots_open(const char *path) {
  int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  FILE *file = fd >= 0 && is_regular(fd) ? fdopen(fd, "r") : NULL;
  if (file != NULL || fd < 0) return file;
  close(fd);
  errno = EINVAL;
  return NULL;
}

/* "0a1b2c3d.0": what openssl rehash makes. */
static bool is_hash_name(const char *name) {
  return strspn(name, "0123456789abcdef") == 8 && name[8] == '.' && name[9] >= '0' &&
         name[9] <= '9';
}

/* What is there may be found the next time. */
static void note_failure(rtk_roots *roots, int error) {
  if (error == EMFILE || error == ENFILE || error == ENOMEM) roots->incomplete = true;
}

static bool is_hashed(rtk_roots *roots, const char *path) {
  DIR *dir = path != NULL ? opendir(path) : NULL;
  struct dirent *entry;
  bool hashed = false;
  if (dir == NULL && path != NULL) note_failure(roots, errno);
  if (dir == NULL) return false;
  while (!hashed && (entry = readdir(dir)) != NULL) /* a link may lead to nowhere */
    hashed = is_hash_name(entry->d_name) && faccessat(dirfd(dir), entry->d_name, R_OK, 0) == 0;
  closedir(dir);
  return hashed;
}

/* A file that cannot be read adds nothing: whether the user's can is the wire's to check. */
static bool add_file(rtk_roots *roots, const char *path) {
  rtk_buffer *b = &roots->bytes;
  FILE *file = rtk_roots_open(path);
  bool done = true;
  size_t n = 1;
  if (file == NULL) note_failure(roots, errno);
  if (file == NULL) return true;
  while (done && n > 0) {
    done = rtk_buffer_reserve(b, BUFSIZ);
    n = done ? fread(b->data + b->len, 1, BUFSIZ, file) : 0;
    b->len += n;
  }
  fclose(file);
  return done && rtk_buffer_addc(b, '\n');
}

/* The given folder, with the system's behind it where that is hashed and a list is understood. */
static bool choose_folder(rtk_roots *roots, const rtk_string *given, bool hashed) {
  rtk_buffer list = {NULL, 0, 0};
  bool done;
  if (given->s == NULL)
    return !hashed ||
           rtk_string_set(&roots->folder, roots->system_folder, strlen(roots->system_folder));
  if (!hashed || !roots->takes_folder_list) return rtk_string_copy(&roots->folder, given);
  done = rtk_buffer_add(&list, given->s, given->n) && rtk_buffer_addc(&list, ':') &&
         rtk_buffer_adds(&list, roots->system_folder) &&
         rtk_string_set(&roots->folder, list.data, list.len);
  rtk_buffer_free(&list);
  return done;
}

bool rtk_roots_choose(rtk_roots *roots, const rtk_string *file, const rtk_string *folder) {
  bool hashed = is_hashed(roots, roots->system_folder);
  bool in_folder = hashed && (folder->s == NULL || roots->takes_folder_list);
  const char *bundle = in_folder ? NULL : roots->system_file;
  if (!choose_folder(roots, folder, hashed)) return false;
  if (file->s != NULL && bundle != NULL) return add_file(roots, bundle) && add_file(roots, file->s);
  roots->file = file->s != NULL ? file->s : bundle;
  return true;
}

void rtk_roots_clear(rtk_roots *roots) {
  rtk_string_clear(&roots->folder);
  rtk_buffer_free(&roots->bytes);
}
