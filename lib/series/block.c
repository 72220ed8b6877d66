/* SPDX-License-Identifier: MIT */
#include "series/block.h"

void block_done(struct block *b)
{
	free(b->ts);
	free(b->status);
	free(b->num);
	free(b->raw);
	free(b->txt);
	*b = (struct block){ 0 };
}

void block_clear(struct block *b)
{
	b->n = 0;
}

static bool grow(void *column, size_t cap, size_t size)
{
	void **p = column, *more = realloc(*p, cap * size);

	if (more)
		*p = more;
	return more != NULL;
}

int block_reserve(struct block *b, size_t n, struct err *e)
{
	size_t cap = b->cap ? b->cap : 64;

	if (n <= b->cap)
		return 0;
	while (cap < n)
		cap *= 2;
	if (!grow(&b->ts, cap, sizeof(*b->ts)) || !grow(&b->status, cap, 1) || !grow(&b->num, cap, sizeof(*b->num)) ||
	    (b->raw && !grow(&b->raw, cap, sizeof(*b->raw))) || (b->txt && !grow(&b->txt, cap, sizeof(*b->txt))))
		return err_nomem(e);
	b->cap = cap;
	return 0;
}

/* The columns that few blocks have. */
static int want(struct block *b, bool raw, bool txt, struct err *e)
{
	if (raw && !b->raw && !(b->raw = calloc(b->cap, sizeof(*b->raw))))
		return err_nomem(e);
	if (txt && !b->txt && !(b->txt = calloc(b->cap, sizeof(*b->txt))))
		return err_nomem(e);
	return 0;
}

int block_push(struct block *b, const struct point *p, struct err *e)
{
	size_t i = b->n;

	if (block_reserve(b, i + 1, e) < 0 || want(b, p->has_raw, p->value.txt.ptr != NULL, e) < 0)
		return -1;
	b->ts[i] = p->ts;
	b->status[i] = (uint8_t)status_of(p);
	b->num[i] = p->value.type == VALUE_NUMBER || p->value.type == VALUE_BOOL ? p->value.num : 0;
	if (b->raw)
		b->raw[i] = p->has_raw ? p->raw : 0;
	if (b->txt)
		b->txt[i] = p->value.txt;
	b->n++;
	return 0;
}

static void copy(struct block *to, size_t at, const struct block *from, size_t i, size_t n)
{
	memcpy(to->ts + at, from->ts + i, n * sizeof(*to->ts));
	memcpy(to->status + at, from->status + i, n);
	memcpy(to->num + at, from->num + i, n * sizeof(*to->num));
	if (to->raw && from->raw)
		memcpy(to->raw + at, from->raw + i, n * sizeof(*to->raw));
	else if (to->raw)
		memset(to->raw + at, 0, n * sizeof(*to->raw));
	if (to->txt && from->txt)
		memcpy(to->txt + at, from->txt + i, n * sizeof(*to->txt));
	else if (to->txt)
		memset(to->txt + at, 0, n * sizeof(*to->txt));
}

int block_add(struct block *b, const struct block *more, size_t from, size_t to, struct err *e)
{
	if (to <= from)
		return 0;
	if (block_reserve(b, b->n + to - from, e) < 0 || want(b, more->raw != NULL, more->txt != NULL, e) < 0)
		return -1;
	copy(b, b->n, more, from, to - from);
	b->n += to - from;
	return 0;
}

int block_merge(struct block *b, const struct block *newer, struct err *e)
{
	struct block all = { 0 };
	size_t i = 0, k = 0;

	if (newer->n == 0)
		return 0;
	if (b->n == 0 || newer->ts[0] > b->ts[b->n - 1])
		return block_add(b, newer, 0, newer->n, e);
	i = block_find(b, newer->ts[0]);
	if (block_reserve(&all, b->n + newer->n, e) < 0 || block_add(&all, b, 0, i, e) < 0)
		goto fail;
	/* Stretches at a time: of the older up to the next of the newer, of the newer up to the next of the older. */
	while (k < newer->n) {
		size_t end = k + 1;

		if (i < b->n && b->ts[i] == newer->ts[k])
			i++;
		while (end < newer->n && (i == b->n || newer->ts[end] < b->ts[i]))
			end++;
		if (block_add(&all, newer, k, end, e) < 0)
			goto fail;
		k = end;
		for (end = i; end < b->n && (k == newer->n || b->ts[end] < newer->ts[k]);)
			end++;
		if (block_add(&all, b, i, end, e) < 0)
			goto fail;
		i = end;
	}
	block_done(b);
	*b = all;
	return 0;
fail:
	block_done(&all);
	return -1;
}

void block_cut(struct block *b, size_t from, size_t to)
{
	size_t n = to > from ? to - from : 0;

	if (from && n) {
		memmove(b->ts, b->ts + from, n * sizeof(*b->ts));
		memmove(b->status, b->status + from, n);
		memmove(b->num, b->num + from, n * sizeof(*b->num));
		if (b->raw)
			memmove(b->raw, b->raw + from, n * sizeof(*b->raw));
		if (b->txt)
			memmove(b->txt, b->txt + from, n * sizeof(*b->txt));
	}
	b->n = n;
}

int block_remove(struct block *b, size_t from, size_t to, struct err *e)
{
	struct block rest = { 0 };

	if (from >= to)
		return 0;
	if (block_add(&rest, b, to, b->n, e) < 0)
		return -1;
	b->n = from;
	if (block_add(b, &rest, 0, rest.n, e) < 0) {
		block_done(&rest);
		return -1;
	}
	block_done(&rest);
	return 0;
}

size_t block_find(const struct block *b, int64_t t)
{
	size_t low = 0, high = b->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (b->ts[mid] < t)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void block_get(const struct block *b, size_t i, struct point *p)
{
	unsigned s = b->status[i];

	*p = (struct point){ .series = p->series, .ts = b->ts[i] };
	p->value.type = (enum value_type)(s & STATUS_TYPE);
	p->value.num = b->num[i];
	if (p->value.type == VALUE_STRING || p->value.type == VALUE_LOCATION) {
		p->value.txt = b->txt[i];
		if (!p->value.txt.ptr)
			p->value.txt = STR("");
	}
	p->quality = (enum quality)(s >> 3 & 3);
	p->has_raw = s & STATUS_HAS_RAW;
	p->raw = p->has_raw ? b->raw[i] : 0;
}

bool block_same(const struct block *b, size_t i, const struct point *p)
{
	struct point mine = { 0 };

	if (b->status[i] != status_of(p))
		return false;
	block_get(b, i, &mine);
	return point_same(&mine, p);
}

/* ---- as bytes: times, status, then what the types ask for ---- */

#define UNIFORM 0x80u

static int write_status(struct wr *w, const uint8_t *s, size_t n, struct err *e)
{
	size_t same = 1;

	while (same < n && s[same] == s[0])
		same++;
	if (same == n) {
		if (wr_need(w, 1, e) < 0)
			return -1;
		wr_byte(w, s[0] | UNIFORM);
		return 0;
	}
	if (wr_need(w, n * 2 + VARINT_MAX, e) < 0)
		return -1;
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && s[end] == s[i];)
			end++;
		wr_byte(w, s[i]);
		wr_varint(w, end - i);
	}
	return 0;
}

static bool status_valid(unsigned s)
{
	return s <= STATUS_MAX && (s & STATUS_TYPE) <= VALUE_LOCATION;
}

/* Counts the points of each type, and those with raw at the end. */
static bool read_status(struct rd *r, uint8_t *s, size_t n, size_t count[VALUE_LOCATION + 2])
{
	for (size_t i = 0; i < n;) {
		unsigned v = rd_byte(r);
		uint64_t len = i == 0 && v & UNIFORM ? n : rd_varint(r);

		v &= ~(i == 0 && len == n ? UNIFORM : 0);
		if (r->bad || !status_valid(v) || len == 0 || len > n - i)
			return false;
		memset(s + i, (int)v, len);
		count[v & STATUS_TYPE] += len;
		if (v & STATUS_HAS_RAW)
			count[VALUE_LOCATION + 1] += len;
		i += len;
	}
	return true;
}

/* A type above the last: raw. */
static bool has_type(unsigned status, unsigned type)
{
	return type > VALUE_LOCATION ? (status & STATUS_HAS_RAW) != 0 : (status & STATUS_TYPE) == type;
}

/* What the columns are made of: those of the points that the mask of types names. */
static int write_some(struct wr *w, const struct body *x, unsigned type, struct scratch *s, struct err *e)
{
	const struct block *b = x->b;
	size_t n = x->to - x->from, m = 0;
	const double *all = type > VALUE_LOCATION ? b->raw : b->num, *v = all + x->from;

	for (size_t i = x->from; i < x->to; i++)
		m += has_type(b->status[i], type);
	if (m == 0)
		return 0;
	if (m < n) {
		if (scratch_need(s, n, e) < 0)
			return -1;
		m = 0;
		for (size_t i = x->from; i < x->to; i++)
			if (has_type(b->status[i], type))
				s->num[m++] = all[i];
		v = s->num;
	}
	return type == VALUE_BOOL ? pack_flags(w, v, m, e) : pack_numbers(w, v, m, s, e);
}

static int write_text(struct wr *w, const struct body *x, unsigned type, struct scratch *s, struct err *e)
{
	size_t n = x->to - x->from, m = 0;
	struct str *t = malloc(n * sizeof(*t));
	int rc;

	if (!t)
		return err_nomem(e);
	for (size_t i = x->from; i < x->to; i++)
		if ((x->b->status[i] & STATUS_TYPE) == type)
			t[m++] = x->b->txt[i];
	rc = type == VALUE_LOCATION ? pack_places(w, t, m, s, e) : pack_texts(w, t, m, e);
	free(t);
	return rc;
}

int body_write(struct wr *w, const struct body *x, struct scratch *s, struct err *e)
{
	const uint8_t *status = x->b->status + x->from;
	size_t n = x->to - x->from;
	unsigned any = 0;

	if (x->times && pack_times(w, x->b->ts + x->from, n, s, e) < 0)
		return -1;
	if (write_status(w, status, n, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		any |= 1u << (status[i] & STATUS_TYPE) | (status[i] & STATUS_HAS_RAW);
	for (unsigned type = VALUE_NUMBER; type <= VALUE_LOCATION; type++) {
		if (!(any & 1u << type))
			continue;
		if ((type < VALUE_STRING ? write_some : write_text)(w, x, type, s, e) < 0)
			return -1;
	}
	return any & STATUS_HAS_RAW ? write_some(w, x, VALUE_LOCATION + 1, s, e) : 0;
}

static char *text_room(void *arg, size_t n)
{
	return arena_alloc(arg, n);
}

/* The m values of a column go to the points they belong to. */
static bool read_some(struct rd *r, struct block *b, size_t n, size_t m, unsigned type, struct scratch *s)
{
	double *all = (type > VALUE_LOCATION ? b->raw : b->num) + b->n, *v = m < n ? s->num : all;

	if (!(type == VALUE_BOOL ? unpack_flags(r, v, m) : unpack_numbers(r, v, m)))
		return false;
	for (size_t i = 0, k = 0; m < n && i < n; i++)
		if (has_type(b->status[b->n + i], type))
			all[i] = s->num[k++];
	return true;
}

static bool read_text(struct rd *r, struct block *b, size_t n, size_t m, unsigned type, struct arena *text)
{
	struct str *t = malloc(m * sizeof(*t));
	bool ok = t && (type == VALUE_LOCATION ? unpack_places(r, t, m, text_room, text) :
						 unpack_texts(r, t, m, text_room, text));

	for (size_t i = 0, k = 0; ok && b->txt && i < n; i++)
		if (has_type(b->status[b->n + i], type))
			b->txt[b->n + i] = t[k++];
	free(t);
	return ok;
}

int body_read(struct rd *r, size_t n, const int64_t *ts, struct block *b, struct arena *text, struct scratch *s, struct err *e)
{
	size_t count[VALUE_LOCATION + 2] = { 0 };

	if (n == 0 || n > BLOCK_MAX)
		return 0;
	if (block_reserve(b, b->n + n, e) < 0 || scratch_need(s, n, e) < 0)
		return -1;
	if (ts)
		memcpy(b->ts + b->n, ts, n * sizeof(*ts));
	else if (!unpack_times(r, b->ts + b->n, n))
		return 0;
	if (!read_status(r, b->status + b->n, n, count))
		return 0;
	if (want(b, count[VALUE_LOCATION + 1], count[VALUE_STRING] + count[VALUE_LOCATION], e) < 0)
		return -1;
	if (count[VALUE_NUMBER] < n)
		memset(b->num + b->n, 0, n * sizeof(*b->num));
	if (b->raw)
		memset(b->raw + b->n, 0, n * sizeof(*b->raw));
	if (b->txt)
		memset(b->txt + b->n, 0, n * sizeof(*b->txt));
	for (unsigned type = VALUE_NUMBER; type <= VALUE_LOCATION + 1; type++) {
		bool is_text = type == VALUE_STRING || type == VALUE_LOCATION;

		if (count[type] && !(is_text ? read_text(r, b, n, count[type], type, text) :
					       read_some(r, b, n, count[type], type, s)))
			return 0;
	}
	b->n += n;
	return 1;
}
