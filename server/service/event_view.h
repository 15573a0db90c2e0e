/*
 * event_view: a stored event as the API tells it.
 *
 * Nouns: a position is "<log id>-<n>", the n-th event of a log entry: the event's id.
 * Ownership: the view lies in the scene's arena and borrows strings from the record.
 * Errors: ERR_DATA_CORRUPT for what a change is told by, when it is no record.
 */
#ifndef PAIDAN_SERVICE_EVENT_VIEW_H
#define PAIDAN_SERVICE_EVENT_VIEW_H

#include "domain/scene.h"

enum err event_view(struct scene *s, const EventRecord *event, const char *id, Event **out);

#endif
