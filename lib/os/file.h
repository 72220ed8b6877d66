/* SPDX-License-Identifier: MIT */
/* Files that are whole or not there, small files read whole, paths, locks. */
#ifndef SIT_OS_FILE_H
#define SIT_OS_FILE_H

#include "base/base.h"
#include "base/err.h"
#include "base/sb.h"

struct file;

/* open(2) that goes on when a signal that asks for no stop came; O_CLOEXEC and O_NOCTTY always. -1 with errno. */
int open_file(const char *path, int flags, mode_t mode);
/* A stream that writes to fd and is not upset by signals, unless one asked to stop. fclose() closes fd. NULL: out of memory. */
FILE *stream_over(int fd);
/* Write n bytes to a stream; name is for the message. */
int stream_write(FILE *f, const void *bytes, size_t n, const char *name, struct err *e);
/* The same at the end of the file at path, made when missing. */
int stream_append(const char *path, FILE **out, struct err *e);

/*
 * Begin writing what will be path; nothing is there until file_commit(). mode as for open(2), e.g. 0644; a file that is there keeps its own, and a
 * link its name. A device, FIFO or socket (/dev/stdout, >(...)) cannot be whole or not: it is written to, never replaced.
 */
int file_begin(const char *path, mode_t mode, struct file **out, struct err *e);
/* The stream to write to; its errors are found by file_commit(). */
FILE *file_stream(struct file *f);
/* Write n bytes to it: E_IO as soon as that is known. */
int file_write(struct file *f, const void *bytes, size_t n, struct err *e);
/* Flush, fsync, rename into place, fsync the folder (of a device: flush); frees f in any case. */
int file_commit(struct file *f, struct err *e);
/* Throw it away; frees f; returns -1, so that a failing caller can end with it. file_drop(NULL) is fine. */
int file_drop(struct file *f);

/* Append the whole file to sb (up to its ceiling: longer is E_INPUT). */
int file_read(const char *path, struct sb *sb, struct err *e);
/* The same for a key or password: a file that others than its owner can touch is E_DENIED. */
int file_read_secret(const char *path, struct sb *sb, struct err *e);
/* Create the folder and its parents (mode for those made); being there already is fine. */
int folder_make(const char *path, mode_t mode, struct err *e);
/* The path is a folder. */
bool folder_is(const char *path);
/* Call fn(path) for every file of the folder whose name ends so, sorted by name; a folder that is not there has none. -1 of fn stops. */
int folder_each(const char *path, const char *suffix, int (*fn)(const char *path, void *arg, struct err *e), void *arg, struct err *e);
/* Remove the file; one that is not there is fine. */
int file_remove(const char *path, struct err *e);
/* Remove a folder and all that is in it, as far as that goes: for what was not finished. */
void folder_remove(const char *path);
/* How many files are in the folder and below it; a link counts as one. */
int folder_count(const char *path, int64_t *n, struct err *e);
/* All that was written to its file system is on the disk. */
int folder_settle(const char *path, struct err *e);
/* What was made, renamed or removed beside path is so after a power cut too. */
int folder_sync(const char *path, struct err *e);
/* The folder part of a path ("." when it has none), appended to sb. */
int path_folder(const char *path, struct sb *sb);

/* Take an exclusive lock on the file at path (made when missing, mode 0660), waiting for it. *fd is the caller's for lock_drop(). */
int lock_take(const char *path, int *fd, struct err *e);
/* The same without waiting: 1 when taken, 0 when somebody has it, -1 when it cannot be opened. */
int lock_try(const char *path, int *fd);
/*
 * Lock one byte of the file at path, an open file description's (fcntl(2), F_OFD_SETLK), so that the threads and connections of a process keep each
 * other out too: 1 when taken, 0 when somebody has it and wait is false, -1. *fd as above.
 */
int lock_byte(const char *path, int64_t byte, bool wait, int *fd, struct err *e);
void lock_drop(int fd);

#endif
