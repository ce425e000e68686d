// SPDX-License-Identifier: BSD-3-Clause
/* load.c - the YAML document, its sections and the error message */
#include <stdio.h>
#include <string.h>

#include "sections.h"

#define DEPTH_MAX 16 /* a configuration has 6 */

const char *config_error_text(const struct config_error *err, char *buf,
			      size_t bytes)
{
	char line[16] = "";

	if (err->line)
		snprintf(line, sizeof(line), ":%d", err->line);
	snprintf(buf, bytes, "%s%s: %s%s%s", err->file, line, err->key,
		 *err->key ? ": " : "", err->text);
	return buf;
}

static const struct key sections[] = {
	{ "fleet", read_fleet, .required = true },
	{ "network", read_network, .required = true },
	{ "profiles", read_list, .max = CONFIG_PROFILES - 1,
	  .item = read_profile },
	{ "services", read_list, .required = true, .max = CONFIG_SERVICES,
	  .item = read_service },
	{ "nat", read_nat, .offset = 0 },
	{ "scaling", read_scaling, .offset = 0 },
	{ "api", read_api, .offset = 0 },
	KEYS_END
};

static bool refuse_text(struct config_error *err, int line, const char *text)
{
	err->line = line;
	snprintf(err->text, sizeof(err->text), "%s", text);
	return false;
}

/* What libyaml could not read. Its marks count from 0; trouble with the bytes
 * themselves has only an offset. */
static bool refuse_syntax(struct config_error *err, const yaml_parser_t *parser,
			  const char *text, size_t bytes)
{
	const char *problem = parser->problem ? parser->problem : "not YAML";
	int line = parser->problem_mark.line + 1;
	char sentence[sizeof(err->text)];

	if (parser->error == YAML_MEMORY_ERROR)
		return refuse_text(err, 0, "no memory");
	if (parser->error == YAML_READER_ERROR) {
		line = 1;
		for (size_t i = 0; i < bytes && i < parser->problem_offset; i++)
			line += text[i] == '\n';
	}
	snprintf(sentence, sizeof(sentence), "not valid YAML: %s%s%s",
		 parser->context ? parser->context : "",
		 parser->context ? ", " : "", problem);
	return refuse_text(err, line, sentence);
}

static bool read_document(yaml_document_t *document, struct config *out,
			  struct config_error *err)
{
	struct reader r = { document, out, err };
	yaml_node_t *root = yaml_document_get_root_node(document);

	if (!root)
		return refuse_text(err, 1,
				   "the file is empty, expected fleet, network "
				   "and services");
	memset(out, 0, sizeof(*out));
	fleet_defaults(out);
	profile_defaults(out);
	scaling_defaults(out);
	api_defaults(out);
	return reader_map(&r, root, sections, out);
}

/* The stream must end after the first document. */
static bool only_document(yaml_parser_t *parser, struct config_error *err,
			  const char *text, size_t bytes)
{
	yaml_document_t next;
	yaml_node_t *root;
	int line;

	if (!yaml_parser_load(parser, &next))
		return refuse_syntax(err, parser, text, bytes);
	root = yaml_document_get_root_node(&next);
	line = root ? root->start_mark.line + 1 : 0;
	yaml_document_delete(&next);
	return !root || refuse_text(err, line,
				    "a second document begins here, expected "
				    "one");
}

/* A parser at the beginning of the text; false: no memory. */
static bool begin(yaml_parser_t *parser, const char *text, size_t bytes)
{
	if (!yaml_parser_initialize(parser))
		return false;
	yaml_parser_set_input_string(parser, (const unsigned char *)text,
				     bytes);
	return true;
}

/* +1 for the beginning of a list or map, -1 for its end. */
static int nesting(yaml_event_type_t type)
{
	if (type == YAML_SEQUENCE_START_EVENT ||
	    type == YAML_MAPPING_START_EVENT)
		return 1;
	return -(type == YAML_SEQUENCE_END_EVENT ||
		 type == YAML_MAPPING_END_EVENT);
}

/* libyaml's time grows with the square of the depth, so the depth is looked at
 * first. What is wrong otherwise is said by the reading proper. */
static bool is_flat(const char *text, size_t bytes, struct config_error *err)
{
	yaml_event_type_t type = YAML_NO_EVENT;
	yaml_parser_t parser;
	yaml_event_t event;
	int depth = 0, line = 0;

	if (!begin(&parser, text, bytes))
		return refuse_text(err, 0, "no memory");
	while (type != YAML_STREAM_END_EVENT && depth <= DEPTH_MAX &&
	       yaml_parser_parse(&parser, &event)) {
		type = event.type;
		depth += nesting(type);
		line = event.start_mark.line + 1;
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return depth <= DEPTH_MAX ||
	       refuse_text(err, line, "lists and maps are nested too deeply");
}

bool config_load(const char *file_name, const char *text, size_t bytes,
		 struct config *out, struct config_error *err)
{
	yaml_document_t document;
	yaml_parser_t parser;
	bool ok = false;

	memset(err, 0, sizeof(*err));
	snprintf(err->file, sizeof(err->file), "%s", file_name);
	if (bytes > CONFIG_TEXT_MAX)
		return refuse_text(err, 0, "the file is larger than 1 MiB");
	if (!is_flat(text, bytes, err))
		return false;
	if (!begin(&parser, text, bytes))
		return refuse_text(err, 0, "no memory");
	if (yaml_parser_load(&parser, &document)) {
		ok = read_document(&document, out, err) &&
		     only_document(&parser, err, text, bytes) &&
		     config_assign_slots(out, NULL, err->text,
					 sizeof(err->text));
		yaml_document_delete(&document);
	} else {
		refuse_syntax(err, &parser, text, bytes);
	}
	yaml_parser_delete(&parser);
	return ok;
}
