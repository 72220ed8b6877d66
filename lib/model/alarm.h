/* SPDX-License-Identifier: MIT */
/* What an alarm, a change of one and a silence are: records, and as nouns of their own, so that filters of sit-selectors(7) work on them. */
#ifndef SIT_MODEL_ALARM_H
#define SIT_MODEL_ALARM_H

#include "model/entity.h"

/* Fields of an alarm: those that filters know, then what is printed besides. */
enum { AL_ID, AL_STATE, AL_SEVERITY, AL_RAISED, AL_DEVICE, AL_RULE, AL_DATAPOINT, AL_VALUE, AL_THRESHOLD, AL_MESSAGE, AL_CLEARED, AL_WHY, AL_ACKED, AL_ACKED_BY,
       AL_ASSIGNED, AL_SHELVED, AL_SUPPRESSED, AL_FLAPPING, AL_FLAPS, AL_NUMBER, AL_N, AL_DURATION = AL_N, AL_SITE, AL_ORG, AL_ALL };
extern const struct field alarm_fields[];
extern const size_t alarm_count;
/* Filters on what an alarm has not (site, model, group:NAME ...) are about its device. */
extern const struct entity alarm_entity;

/* Fields of a row of what happened to alarms. */
enum { AC_ID, AC_TS, AC_AT, AC_ALARM, AC_RULE, AC_DEVICE, AC_DATAPOINT, AC_CHANGE, AC_SEVERITY, AC_VALUE, AC_WHY, AC_FLAPS, AC_WHO, AC_NOTE, AC_MESSAGE, AC_ORG, AC_ALL };
extern const struct field alarm_change_fields[];
extern const size_t alarm_change_count;

/* Fields of a silence. */
enum { SL_ID, SL_BEGINS, SL_ENDS, SL_MATCHERS, SL_SCHEDULE, SL_TZ, SL_OWNER, SL_NOTE, SL_CREATED, SL_N, SL_STATE = SL_N, SL_ORG, SL_ALL };
extern const struct field silence_fields[];
extern const size_t silence_count;
extern const struct entity silence_entity;
/* Words of its state. */
enum silence_state { SILENCE_WAITING, SILENCE_ON, SILENCE_BETWEEN, SILENCE_OVER };
extern const char *const silence_words[];

#endif
