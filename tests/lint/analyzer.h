/* SPDX-License-Identifier: MIT */
/* Put before every file that clang-tidy reads but err.c: the analyzer does not see other files, so say what these return. */
#include "base/err.h"

#define err_set(...) (err_set(__VA_ARGS__), -1)
#define err_wrap(...) (err_wrap(__VA_ARGS__), -1)
#define err_errno(...) (err_errno(__VA_ARGS__), -1)
#define err_nomem(e) (err_nomem(e), -1)
