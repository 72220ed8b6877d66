/* SPDX-License-Identifier: MIT */
/*
 * Long listings: a cursor of the server and some rows at a time, so that memory is flat and other statements may run meanwhile. A cursor lives in
 * a transaction: outside of one it opens one of its own, which ends with the last cursor in it. When a transaction ends before its cursors do,
 * what is left of them is taken at once.
 */
#include "db/pg_impl.h"

#define FIRST_ROWS 64
#define MOST_ROWS 4096
#define PART_BYTES ((size_t)1 << 20) /* aimed at */

static bool command(struct pg *q, const char *text)
{
	return PQsendQueryParams(q->c, text, 0, NULL, NULL, NULL, NULL, 1) != 0;
}

static struct pg_stmt **place_of(struct pg *q, const struct pg_stmt *s)
{
	struct pg_stmt **at = &q->cursors;

	while (*at && *at != s)
		at = &(*at)->next;
	return at;
}

/* It has no cursor any more. */
static void forget(struct pg *q, struct pg_stmt *s)
{
	struct pg_stmt **at = place_of(q, s);

	if (*at)
		*at = s->next;
	s->cursor[0] = '\0';
	s->next = NULL;
}

int pg_cursor_open(struct pg_stmt *s, struct err *e)
{
	struct pg *q = pg_of(s->st.db);
	AUTO(sb_done) struct sb text = SB_INIT((size_t)1 << 26);
	char fetch[64];
	bool sent;

	if (!q->begun) {
		if (q->db.be->begin(&q->db, false, e) < 0)
			return -1;
		q->own = true;
	}
	(void)snprintf(s->cursor, sizeof(s->cursor), "c%u", ++q->names);
	s->rows = FIRST_ROWS;
	s->next = q->cursors;
	q->cursors = s;
	(void)sb_addf(&text, "DECLARE %s NO SCROLL CURSOR FOR %s", s->cursor, s->text);
	(void)snprintf(fetch, sizeof(fetch), "FETCH %d FROM %s", s->rows, s->cursor);
	if (text.bad) {
		forget(q, s);
		return err_nomem(e);
	}
	if (q->db.trace)
		q->db.trace(sb_cstr(&text), q->db.trace_arg);
	sent = pg_pipe_begin(q, e) == 0 && pg_stmt_send(q, s, sb_cstr(&text), e) == 0 && command(q, fetch);
	if (pg_pipe_end(q, sent, &s->r, e) == 0)
		return 0;
	forget(q, s);
	pg_cursor_over(q);
	return -1;
}

/* The next rows in place of those that were there; all that is left when there are none to be had later. */
static int fetch(struct pg_stmt *s, bool all, struct err *e)
{
	struct pg *q = pg_of(s->st.db);
	PGresult *more;
	char text[64];
	bool sent;

	if (all)
		(void)snprintf(text, sizeof(text), "FETCH ALL FROM %s", s->cursor);
	else
		(void)snprintf(text, sizeof(text), "FETCH %d FROM %s", s->rows, s->cursor);
	sent = pg_pipe_begin(q, e) == 0 && command(q, text);
	if (pg_pipe_end(q, sent, &more, e) < 0)
		return -1;
	if (all)
		s->rest = more;
	else {
		PQclear(s->r);
		s->r = more;
		s->row = 0;
	}
	return 0;
}

/* Towards parts of a size, whatever a row weighs. */
static void adjust(struct pg_stmt *s)
{
	size_t bytes = PQresultMemorySize(s->r);

	if (bytes > PART_BYTES * 2 && s->rows > 1)
		s->rows = (int)((size_t)s->rows * PART_BYTES / bytes) + 1;
	else if (bytes < PART_BYTES / 2 && s->rows < MOST_ROWS)
		s->rows *= 2;
}

int pg_cursor_next(struct pg_stmt *s, struct err *e)
{
	bool last = PQntuples(s->r) < s->rows;

	if (s->rest) {
		PQclear(s->r);
		s->r = s->rest;
		s->rest = NULL;
		s->row = 0;
		s->cursor[0] = '\0';
		return PQntuples(s->r) > 0;
	}
	if (last)
		return 0;
	if (!*place_of(pg_of(s->st.db), s))
		return err_set(e, E_IO, "%s: the transaction of a listing was lost", s->st.db->path);
	adjust(s);
	return fetch(s, false, e) < 0 ? -1 : PQntuples(s->r) > 0;
}

void pg_cursor_close(struct pg_stmt *s)
{
	struct pg *q = pg_of(s->st.db);
	struct err ignored = { 0 };
	bool open = s->cursor[0] && *place_of(q, s);
	char text[64];

	PQclear(s->rest);
	s->rest = NULL;
	/* That of the last in a transaction of its own goes with the transaction. */
	if (open && (q->pending || PQtransactionStatus(q->c) == PQTRANS_INTRANS) && !(q->own && q->cursors == s && !s->next)) {
		(void)snprintf(text, sizeof(text), "CLOSE %s", s->cursor);
		(void)pg_post_text(q, text, &ignored);
	}
	if (s->cursor[0])
		forget(q, s);
	if (open)
		pg_cursor_over(q);
}

void pg_cursor_over(struct pg *q)
{
	struct err ignored = { 0 };

	if (!q->own || q->cursors || q->joined)
		return;
	q->own = false;
	if (q->db.be->commit(&q->db, &ignored) < 0)
		q->db.be->rollback(&q->db);
}

int pg_cursors_take(struct pg *q, struct err *e)
{
	while (q->cursors) {
		struct pg_stmt *s = q->cursors;

		if (PQntuples(s->r) == s->rows && fetch(s, true, e) < 0)
			return -1;
		q->cursors = s->next;
		s->next = NULL;
		if (!s->rest)
			s->cursor[0] = '\0';
	}
	return 0;
}

void pg_cursors_lost(struct pg *q)
{
	while (q->cursors) {
		struct pg_stmt *s = q->cursors;

		q->cursors = s->next;
		s->next = NULL;
	}
	q->own = q->joined = false;
}
