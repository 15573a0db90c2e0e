#include "rpc/encoding.h"

#include "rpc/words.h"

/* "q=0", "q=0.000" */
static bool is_never(struct slice parameters)
{
	while (parameters.len > 0) {
		struct slice value = words_cut(&parameters, ';');
		struct slice name = words_trim(words_cut(&value, '='));
		if (!words_same(name, SLICE("q")))
			continue;
		value = words_trim(value);
		for (size_t i = 0; i < value.len; i++) {
			if (value.ptr[i] != '0' && value.ptr[i] != '.')
				return false;
		}
		return value.len > 0;
	}
	return false;
}

/* Of one header; PLAIN from an ordered list is final. */
static enum encoding_wish wish_of(struct slice list, bool ordered, bool *final)
{
	while (list.len > 0) {
		struct slice parameters = words_cut(&list, ',');
		struct slice coding = words_trim(words_cut(&parameters, ';'));
		bool is_gzip = words_same(coding, SLICE("gzip"));
		*final = is_gzip || (ordered && words_same(coding, SLICE("identity")));
		if (*final && !is_never(parameters))
			return is_gzip ? ENCODING_GZIP : ENCODING_PLAIN;
	}
	*final = false;
	return ENCODING_PLAIN;
}

enum encoding_wish encoding_wish(const struct http_request *request, struct slice header, bool ordered)
{
	enum encoding_wish wish = ENCODING_UNSAID;
	bool final = false;
	for (size_t i = 0; i < request->n_headers && !final; i++) {
		if (slice_eq(request->headers[i].name, header))
			wish = wish_of(request->headers[i].value, ordered, &final);
	}
	return wish;
}
