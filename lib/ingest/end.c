/* SPDX-License-Identifier: MIT */
/* The end of a run of ingest: its row, its books. */
#include "ingest/impl.h"
#include "os/clock.h"

static int end_tx(struct db *db, void *arg, struct err *e)
{
	AUTO(sb_done) struct sb sb = SB_INIT(8192);
	struct ingest *g = arg;
	struct cell cells[16];
	int exit = g->failure.code ? err_exit(&g->failure) : g->beyond ? 4 : g->books.rejected || g->books.quarantined ? 6 : 0;

	books_cells(&g->books, cells);
	for (size_t i = 1; i < books_count; i++)
		sb_addf(&sb, "%s\"%s\":%" PRId64, i > 1 ? "," : "{", books_fields[i].name, cells[i].i);
	if (g->failure.code) {
		sb_adds(&sb, ",\"error\":");
		sb_json(&sb, str_of(g->failure.msg));
	}
	sb_adds(&sb, "}");
	if (ingest_draw(g, e) < 0 || ingest_write_ledger(g, e) < 0 || tellings_write(&g->tellings, db, clock_now(), true, e) < 0)
		return -1;
	return run_end(db, g->run, clock_now(), exit, sb_str(&sb), e);
}

static void end_undo(void *arg)
{
	struct ingest *g = arg;

	tellings_written(&g->tellings, false);
	ingest_drawn(g, false);
}

void ingest_failed(struct ingest *g, const struct err *why)
{
	g->failure = *why;
}

int ingest_end(struct ingest *g, struct books *b, struct err *e)
{
	struct books all, *k = &all;
	struct err refused = { 0 };

	if (ingest_flush(g, e) < 0)
		return -1;
	if (g->db && !g->opt.dry && db_write_again(g->db, false, end_tx, end_undo, g, e) < 0)
		return -1;
	if (g->rejects && fflush(g->rejects) != 0)
		return err_errno(e, errno, g->opt.rejects);
	all = g->books;
	if (others_end(g, &all, &refused, e) < 0)
		return -1;
	*b = all;
	if (k->read != k->stored + k->corrected + k->duplicate + k->rejected + k->quarantined + k->empty + k->spooled)
		return err_set(e, E_BUG, "the books do not add up");
	if (g->beyond)
		return err_set(e, E_DENIED, "over quota: organisation %s may store %" PRId64 " points a day; %" PRId64 " points wait in quarantine",
			       db_self_name(g->db), g->most, g->beyond);
	if (refused.code == E_DENIED) {
		*e = refused;
		return -1;
	}
	if (k->rejected || k->quarantined)
		return err_set(e, E_PARTIAL, "%" PRId64 " rejected, %" PRId64 " quarantined", k->rejected, k->quarantined);
	return 0;
}
