/* SPDX-License-Identifier: MIT */
/* Points of a file for the back-test: what the rule looks at is kept until all is read, because files are in any order. */
#include "alarm/trial_impl.h"
#include "base/map.h"

struct kept {
	struct point p;
	struct str datapoint;
	size_t at; /* as it came */
};

struct of_device {
	struct str name;
	struct kept *v;
	size_t n, cap;
};

struct file {
	struct trial *t;
	struct map by_name;
	struct of_device *device;
	size_t n, cap;
};

static struct of_device *device_of(struct file *f, struct str name, struct err *e)
{
	const int64_t *at = map_find(&f->by_name, name);

	if (at)
		return f->device + *at;
	if (f->n == f->cap) {
		size_t cap = f->cap ? f->cap * 2 : 64;
		struct of_device *v = realloc(f->device, cap * sizeof(*v));

		if (!v) {
			err_nomem(e);
			return NULL;
		}
		f->device = v;
		f->cap = cap;
	}
	f->device[f->n] = (struct of_device){ .name = { arena_dup(&f->t->keep, name), name.len } };
	if (!f->device[f->n].name.ptr || map_put(&f->by_name, name, (int64_t)f->n) < 0) {
		err_nomem(e);
		return NULL;
	}
	return f->device + f->n++;
}

/* The rule's own word for the datapoint; empty when none of the variants looks at it. */
static struct str wanted(const struct trial *t, struct str datapoint)
{
	for (size_t i = 0; i < t->n; i++) {
		int input = rule_input(&t->run[i].one->rule, datapoint);

		if (input >= 0)
			return t->run[i].one->rule.input[input];
	}
	return (struct str){ NULL, 0 };
}

static int keep_point(void *arg, struct str device, struct str datapoint, const struct point *p, struct err *e)
{
	struct file *f = arg;
	const struct trial *t = f->t;
	struct kept k = { .p = *p, .datapoint = wanted(t, datapoint) };
	struct str only = t->run[0].one->rule.device;
	struct of_device *d;

	if (!k.datapoint.len || (only.len && !str_eq(only, device)) || p->ts < t->o->range.from || p->ts >= t->o->range.to)
		return 0;
	d = device_of(f, device, e);
	if (!d)
		return -1;
	if (d->n == d->cap) {
		size_t cap = d->cap ? d->cap * 2 : 1024;
		struct kept *v = realloc(d->v, cap * sizeof(*v));

		if (!v)
			return err_nomem(e);
		d->v = v;
		d->cap = cap;
	}
	if (p->value.txt.len && !(k.p.value.txt.ptr = arena_dup(&f->t->keep, p->value.txt)))
		return err_nomem(e);
	k.at = d->n;
	d->v[d->n++] = k;
	return 0;
}

static int by_time(const void *pa, const void *pb)
{
	const struct kept *a = pa, *b = pb;

	if (a->p.ts != b->p.ts)
		return a->p.ts < b->p.ts ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

static int run_device(struct trial *t, struct of_device *d, struct err *e)
{
	int64_t to = t->o->range.to;

	qsort(d->v, d->n, sizeof(*d->v), by_time);
	if (trial_device(t, d->name, NULL, d->v[0].p.ts, NULL, NULL, e) < 0)
		return -1;
	for (size_t i = 0; i < d->n; i++)
		if (trial_point(t, d->v[i].datapoint, &d->v[i].p, e) < 0)
			return -1;
	return trial_device_end(t, to == INT64_MAX ? d->v[d->n - 1].p.ts : to, e);
}

static void complain(void *arg, const char *line)
{
	const struct file *f = arg;

	f->t->o->complain(f->t->o->arg, line);
}

static int by_name(const void *pa, const void *pb)
{
	return str_cmp(((const struct of_device *)pa)->name, ((const struct of_device *)pb)->name);
}

int trial_file(const struct pointin *from, const struct trial_opts *o, struct err *e)
{
	struct trial t;
	struct file f = { .t = &t, .by_name = MAP_INIT };
	struct pointin in = *from;
	struct err partial = { 0 };
	int rc = trial_begin(&t, o, e);

	in.point = keep_point;
	in.idle = NULL;
	in.complain = complain;
	in.arg = &f;
	if (rc == 0)
		rc = pointin_run(&in, e);
	if (rc < 0 && e->code == E_PARTIAL) {
		partial = *e;
		rc = 0;
	}
	if (f.n)
		qsort(f.device, f.n, sizeof(*f.device), by_name);
	for (size_t i = 0; i < f.n; i++) {
		if (rc == 0)
			rc = run_device(&t, f.device + i, e);
		free(f.device[i].v);
	}
	if (rc == 0)
		rc = trial_print(&t, e);
	free(f.device);
	map_done(&f.by_name);
	trial_done(&t);
	if (rc == 0 && partial.code)
		*e = partial;
	return rc == 0 && partial.code ? -1 : rc;
}
