/* SPDX-License-Identifier: MIT */
#include "cli/onboard.h"

#include "audit/settings.h"
#include "cli/credential.h"
#include "os/file.h"
#include "os/secret.h"

static struct {
	const char *file, *input, *rejects, *bundle, *into, *url, *login, *expires, *note, *secret;
	bool show;
} cfg;

static const char *const input_words[] = { "auto", "jsonl", "csv", "tsv", NULL };

#define TAKES "add claim"

/* clang-format off */
const struct opt onboard_opts[] = {
	OPT_HEAD("Options"),
	OPT_TEXT_OF("add", 0, "file", &cfg.file, "FILE", "take in what FILE (- is standard input) lists, JSON Lines or CSV with fields of devices"),
	{ .kind = OPT_KIND_TEXT, .letter = 'i', .name = "input", .text = &cfg.input, .arg = "FORMAT", .words = input_words, .verbs = "add", .help = "format of FILE: auto jsonl csv tsv" },
	OPT_TEXT_OF("add", 0, "rejects", &cfg.rejects, "FILE", "append refused records to FILE, with the reason"),
	OPT_WORD_OF(TAKES, 0, "login", &cfg.login, "WHO", onboard_login_words, "who gets a login: auto (who speaks for itself, default), always, never"),
	OPT_WORD_OF(TAKES, 0, "bundle", &cfg.bundle, "FORM", bundle_words, "form of what a device is given: json, mosquitto_pub or c"),
	OPT_TEXT_OF(TAKES, 0, "into", &cfg.into, "DIR", "a file a device with it, in DIR, instead of all in -o FILE"),
	OPT_TEXT_OF(TAKES, 0, "url", &cfg.url, "URL", "where the broker is (default: what sit-broker init was told)"),
	OPT_TEXT_OF("add claim register", 0, "expires", &cfg.expires, "TIME", "logins, or the claim, are taken until then (90d: for so long)"),
	OPT_TEXT_OF(TAKES, 0, "note", &cfg.note, "TEXT", "what the logins are for"),
	OPT_TEXT_OF("claim", 0, "secret", &cfg.secret, "@FILE", "where the claim's secret is: @FILE, @env:NAME, @cred:NAME"),
	OPT_FLAG_OF("add claim register", 0, "show", &cfg.show, "print secrets on the terminal"),
	OPT_USE(writing_opts),
	OPT_END
};
/* clang-format on */

/* The work of this call: on devices. */
static int onboard_begin(struct ctx *c, struct work *w, struct err *e)
{
	*w = (struct work){ .db = c->db, .program = c->prog->name, .message = c->opt->message, .when = { c->now, c->zone }, .dry = c->opt->dry_run };
	return work_begin(w, &device_entity, e);
}

/* ---- where bundles go: on disk before the device is in the store ---- */

struct sink {
	struct ctx *c;
	int fd; /* of -o FILE; -1: not yet, or elsewhere */
	FILE *rejects;
	size_t n;
};

static int hand_into(const char *device, const struct sb *text, struct err *e)
{
	static const char *const suffix[] = { "json", "sh", "h" };
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);
	enum bundle_form form;
	struct file *f;

	if (bundle_form_find(cfg.bundle, &form, e) < 0 || folder_make(cfg.into, 0700, e) < 0)
		return -1;
	if (sb_addf(&path, "%s/%s.%s", cfg.into, device, suffix[form]) < 0)
		return err_nomem(e);
	if (access(sb_cstr(&path), F_OK) == 0)
		return err_set(e, E_CONFLICT, "%s is there already", sb_cstr(&path));
	if (file_begin(sb_cstr(&path), 0600, &f, e) < 0)
		return -1;
	if (file_write(f, text->buf, text->len, e) < 0)
		return file_drop(f);
	return file_commit(f, e);
}

/* One that is there may hold secrets that are nowhere else: it is not written over. */
static int open_file_of(struct sink *s, struct err *e)
{
	const char *path = s->c->opt->output;

	s->fd = open_file(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, 0600);
	if (s->fd >= 0)
		return 0;
	return errno == EEXIST ? err_set(e, E_CONFLICT, "%s is there already", path) : err_errno(e, errno, path);
}

static int put(int fd, const char *bytes, size_t n)
{
	while (n) {
		ssize_t some = write(fd, bytes, n);

		if (some < 0 && errno != EINTR)
			return -1;
		bytes += some > 0 ? some : 0;
		n -= some > 0 ? (size_t)some : 0;
	}
	return fsync(fd);
}

static int hand(void *arg, const char *device, const struct sb *text, struct err *e)
{
	struct sink *s = arg;

	if (cfg.into)
		return hand_into(device, text, e);
	if (cfg.show) {
		(void)fwrite(text->buf, 1, text->len, stdout);
		return 0;
	}
	if (!s->c->opt->output)
		return err_set(e, E_USAGE, "where shall its login go: -o FILE, --into DIR, or --show on a terminal (or --login never)");
	if (cfg.bundle && strcmp(cfg.bundle, "c") == 0 && s->n)
		return err_set(e, E_USAGE, "headers of several devices go into a folder: --into DIR");
	if (s->fd < 0 && open_file_of(s, e) < 0)
		return -1;
	s->n++;
	return put(s->fd, text->buf, text->len) < 0 ? err_errno(e, errno, s->c->opt->output) : 0;
}

static int begin(struct ctx *c, struct onboarding *o, struct sink *s, struct err *e)
{
	const int ways = (c->opt->output != NULL) + (cfg.into != NULL) + cfg.show;

	*s = (struct sink){ .c = c, .fd = -1 };
	*o = (struct onboarding){ .url = cfg.url, .terms = { .note = cfg.note }, .hand = hand, .arg = s };
	for (size_t i = 0; cfg.login && onboard_login_words[i]; i++)
		if (strcmp(cfg.login, onboard_login_words[i]) == 0)
			o->login = (enum onboard_login)i;
	if (cfg.show && !c->terminal)
		return err_set(e, E_USAGE, "--show is for a terminal: use -o FILE");
	if (ways > 1)
		return err_set(e, E_USAGE, "one of -o FILE, --into DIR and --show");
	return bundle_form_find(cfg.bundle, &o->form, e) < 0 ? -1 : credential_expiry(c, cfg.expires, "--expires", &o->terms.expires, e);
}

static void end(struct sink *s)
{
	if (s->fd >= 0)
		(void)close(s->fd);
	if (s->rejects)
		(void)fclose(s->rejects);
}

/* ---- add ---- */

static void note(void *arg, const char *place, struct str name, enum did did, const struct err *e)
{
	entity_note(((struct sink *)arg)->c, place, name, did, e);
}

static void rejected(void *arg, const char *place, struct str text, const struct err *why)
{
	AUTO(sb_done) struct sb sb = SB_INIT((size_t)8 << 20);
	const struct sink *s = arg;

	if (!s->rejects)
		return;
	sb_adds(&sb, "{\"reject\":");
	sb_json(&sb, str_of(why->msg));
	sb_adds(&sb, ",\"place\":");
	sb_json(&sb, str_of(place));
	sb_adds(&sb, ",\"text\":");
	sb_json(&sb, text);
	(void)fprintf(s->rejects, "%s}\n", sb_cstr(&sb));
}

static int assign(struct work *w, struct row *row, int argc, char **argv, struct err *e)
{
	for (int i = 0; i < argc; i++)
		if (work_assign(w, row, str_of(argv[i]), e) < 0)
			return -1;
	return 0;
}

static int add_file(struct ctx *c, struct work *w, struct onboarding *o, struct row *row, struct err *e)
{
	struct sink *s = o->arg;
	/* A transaction each: whoever is told of one has it. Of a dry run the second of a name must meet the first. */
	struct work_file f = { .path = cfg.file ? cfg.file : "-", .chunk = c->opt->dry_run ? 0 : 1, .note = note, .arg = s, .row = onboard_row, .row_arg = o, .rejected = rejected };

	if (cfg.input && records_format_name(cfg.input, &f.format, e) < 0)
		return -1;
	if (cfg.rejects && stream_append(cfg.rejects, &s->rejects, e) < 0)
		return -1;
	if (credential_ready(c->db, e) < 0 || work_add_file(w, &f, row, e) < 0)
		return -1;
	return s->rejects && fflush(s->rejects) != 0 ? err_errno(e, errno, cfg.rejects) : 0;
}

static int add_one(struct ctx *c, struct work *w, struct onboarding *o, int argc, char **argv, struct err *e)
{
	AUTO(sb_done) struct sb key = SB_INIT(512);
	struct row row = { 0 };
	enum did did = DID_NOTHING;

	sb_addf(&key, "name=%s", argv[0]);
	if (assign(w, &row, 1, &key.buf, e) < 0 || assign(w, &row, argc - 1, argv + 1, e) < 0 || onboard_add(w, o, &row, &did, e) < 0)
		return -1;
	entity_note(c, "", str_of(argv[0]), did, e);
	return 0;
}

int onboard_v_add(struct ctx *c, int argc, char **argv, struct err *e)
{
	const bool one = argc && !strchr(argv[0], '=');
	struct row row = { 0 };
	struct onboarding o;
	struct sink s;
	struct work w;
	int rc;

	if (one && cfg.file)
		return err_set(e, E_USAGE, "a name, or --file");
	if (begin(c, &o, &s, e) < 0 || onboard_begin(c, &w, e) < 0)
		return -1;
	if (one)
		rc = add_one(c, &w, &o, argc, argv, e);
	else
		rc = assign(&w, &row, argc, argv, e) < 0 ? -1 : add_file(c, &w, &o, &row, e);
	end(&s);
	work_end(&w);
	return rc;
}

/* ---- claims ---- */

int onboard_v_register(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(sb_wipe) struct sb secret = SB_INIT(CLAIM_SECRET);
	struct registering r = { .key = argv[0], .term = argv + 1, .n = argc - 1, .secret = &secret };
	struct work w;
	int rc;

	if (credential_expiry(c, cfg.expires, "--expires", &r.expires, e) < 0 || secret_letters(CLAIM_SECRET, &secret, e) < 0 ||
	    onboard_begin(c, &w, e) < 0)
		return -1;
	rc = c->opt->dry_run ? 0 : ctx_hand_out(c, &secret, cfg.show, false, e);
	if (rc == 0)
		rc = claim_register(&w, &r, e);
	work_end(&w);
	return rc;
}

int onboard_v_list(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;
	struct work w;
	int rc;

	(void)argc;
	(void)argv;
	if (onboard_begin(c, &w, e) < 0)
		return -1;
	rc = ctx_out(c, claim_fields, claim_count, &out, e);
	if (rc == 0)
		rc = claim_print(&w, out, e);
	if (rc == 0)
		rc = out_end(&out, e);
	work_end(&w);
	return rc;
}

int onboard_v_rm(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct work w;
	int rc = 0;

	if (onboard_begin(c, &w, e) < 0)
		return -1;
	for (int i = 0; rc == 0 && i < argc; i++)
		rc = claim_withdraw(&w, argv[i], e);
	work_end(&w);
	return rc;
}

int onboard_v_claim(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(sb_wipe) struct sb secret = SB_INIT(1024);
	struct claiming k = { .key = argv[0], .term = argv + 1, .n = argc - 1, .store = setting(&c->settings, SET_DB) };
	struct str device = { NULL, 0 };
	struct onboarding o;
	struct sink s;
	struct work w;
	int rc;

	if (begin(c, &o, &s, e) < 0 || ctx_secret(c, cfg.secret, "Secret of the claim", &secret, e) < 0 || onboard_begin(c, &w, e) < 0)
		return -1;
	k.secret = sb_str(&secret);
	k.onboarding = &o;
	rc = claim_use(&w, &k, &device, e);
	if (rc == 0)
		ctx_note(c, "%s is now %.*s of %s%s", argv[0], STR_ARG(device), db_self_name(c->db), c->opt->dry_run ? " (dry run)" : "");
	end(&s);
	work_end(&w);
	return rc;
}
