// Runs each call twice and compares.
#include "fuzz/subject.h"

#include "fuzz/step_bound.h"
#include "tests/support/reference_binary.h"

#include <cstdio>
#include <cstdlib>

namespace wirejit::fuzz {

namespace {

const char* name_of(Wire w) { return w == Wire::binary ? "thrift-binary" : "json"; }

template <class T>
T must(const Schema& schema, std::string_view what, Result<T> made) {
  if (!made) {
    fail(schema, what, made.error().to_string());
  }
  return *std::move(made);
}

void append_fields(std::string& s, const StructType& type) {
  for (const Field& f : type.fields) {
    s += "  " + std::to_string(f.id) + ": ";
    if (f.requiredness == Requiredness::optional) {
      s += "optional ";
    } else if (f.requiredness == Requiredness::required) {
      s += "required ";
    }
    s += f.type->to_string() + " " + f.name + (f.default_value ? "  // with a default" : "") + "\n";
  }
}

}  // namespace

Outcome refused(const Error& e) {
  return {e.code(), e.offset(), e.line(), e.column(), e.path(), {}};
}

std::string show(Bytes bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string s;
  bool printable = true;
  for (const std::uint8_t c : bytes) {
    s += digits[c >> 4];
    s += digits[c & 15];
    printable = printable && (c >= ' ' || c == '\n' || c == '\t') && c < 0x7f;
  }
  return printable ? s + "  '" + std::string(as_text(bytes)) + "'" : s;
}

std::string to_string(const Outcome& o) {
  if (o.ok()) {
    return "ok " + show(as_bytes(o.output));
  }
  return std::string(wirejit::to_string(o.code)) + " at " +
         std::to_string(static_cast<std::int64_t>(o.offset)) + " (" + std::to_string(o.line) + ":" +
         std::to_string(o.column) + ") in '" + o.path + "'";
}

std::string to_idl(const Schema& schema) {
  std::string s;
  for (const EnumType& e : schema.enums()) {
    s += "enum " + e.name + " {";
    for (const EnumValue& v : e.values) {
      s += " " + v.name + " = " + std::to_string(v.number);
    }
    s += " }\n";
  }
  for (const StructType& type : schema.structs()) {
    s += (type.flavor == StructFlavor::union_ ? "union " : "struct ") + type.name + " {\n";
    append_fields(s, type);
    s += "}\n";
  }
  return s;
}

void fail(const Schema& schema, std::string_view what, std::string_view detail) {
  std::fprintf(stderr, "%s\nDISAGREEMENT: %.*s\n%.*s\n", to_idl(schema).c_str(),
               static_cast<int>(what.size()), what.data(), static_cast<int>(detail.size()),
               detail.data());
  std::abort();
}

const std::vector<Setup>& binary_setups() {
  static const std::vector<Setup> all = {
      {.name = "default"},
      {.name = "no paths", .options = {.limits = {}, .error_paths = false}},
      {.name = "alias", .options = {.limits = {}, .alias_input = true, .error_paths = false}},
      {.name = "no duplicates",
       .options = {.limits = {}, .reject_duplicate_fields = true, .reject_duplicate_keys = true}},
      {.name = "free unions", .options = {.limits = {}, .check_unions = false}},
      {.name = "keep unknown", .options = {.limits = {}, .keep_unknown = true}},
      {.name = "small limits",
       .options = {.limits = {.depth = 5, .input_bytes = 300, .output_bytes = 400, .memory = 2000},
                   .error_paths = false}},
      {.name = "any strings", .options = {.limits = {}, .validate_utf8 = false}},
  };
  return all;
}

const std::vector<Setup>& text_setups() {
  static const std::vector<Setup> all = {
      {.name = "default"},
      {.name = "no paths", .options = {.limits = {}, .error_paths = false}},
      {.name = "alias", .options = {.limits = {}, .alias_input = true, .error_paths = false}},
      {.name = "strict",
       .options = {.limits = {}, .reject_duplicate_fields = true, .reject_duplicate_keys = true},
       .text = {.refuse_unknown_keys = true, .refuse_unknown_numbers = true}},
      {.name = "pretty", .text = {.indent = 2, .int64_as_string = true, .enums_as_numbers = true}},
      {.name = "urls", .text = {.base64_url = true, .base64_padding = false, .plain_names = true}},
      {.name = "small limits",
       .options = {.limits = {.depth = 5, .input_bytes = 300, .output_bytes = 400, .memory = 2000},
                   .error_paths = false}},
      {.name = "free unions, finite numbers",
       .options = {.limits = {}, .check_unions = false},
       .text = {.nan_as_string = false}},
      {.name = "keep unknown", .options = {.limits = {}, .keep_unknown = true}},
  };
  return all;
}

Subject::Subject(const Schema& schema, std::string_view root, const Setup& setup)
    : setup_(counted(setup)),
      widest_(widest_of(schema)),
      schema_(schema),
      type_(must(schema, "record type",
                 RecordType::make(schema, root, {.keep_unknown = setup.options.keep_unknown}))),
      engines_{Engine({.kind = kinds[0]}), Engine({.kind = kinds[1]})} {
  const Format formats[] = {thrift::binary, json::with(setup.text)};
  for (std::size_t k = 0; k < 2; ++k) {
    for (std::size_t w = 0; w < 2; ++w) {
      codecs_[w][k] =
          must(schema, "codec", RecordCodec::make(engines_[k], type_, formats[w], setup.options));
      for (std::size_t v = 0; v < 2; ++v) {
        transcoders_[w][v][k] = must(
            schema, "transcoder",
            engines_[k].transcoder(schema, type_.type(), formats[w], formats[v], setup.options));
      }
    }
  }
}

void Subject::fail(std::string_view what, std::string_view detail) const {
  fuzz::fail(schema_, std::string(what) + ", setup '" + setup_.name + "'", detail);
}

void Subject::same(std::string_view what, const Outcome& a, const Outcome& b) const {
  if (!(a == b)) {
    fail(what, to_string(a) + "\n" + to_string(b));
  }
}

Subject::Decoded Subject::decode(Wire from, Bytes bytes) {
  Decoded results[2];
  for (std::size_t k = 0; k < 2; ++k) {
    arenas_[k].reset();
    const RecordCodec& codec = *codecs_[static_cast<std::size_t>(from)][k];
    Result<Record> got = std::unexpected(Error(Errc::internal));
    run_on(k, std::string("decode ") + name_of(from),
           {.read = bytes.size(), .widest = widest_, .ops = codec.decoder().info().ops}, [&] {
             arenas_[k].reset();
             got = codec.decode(guarded(k, bytes), arenas_[k]);
             return std::size_t{0};
           });
    if (!got) {
      results[k].outcome = refused(got.error());
      continue;
    }
    Errc ignored{};  // unions may be free
    results[k].outcome.output = test::reference_encode(*got, &ignored);
    results[k].record = *got;
  }
  same(std::string("decode ") + name_of(from), results[0].outcome, results[1].outcome);
  if (results[1].record && !setup_.options.alias_input &&
      !(*results[0].record == *results[1].record)) {
    fail("records differ, decoded from " + std::string(name_of(from)),
         to_string(results[1].outcome));
  }
  return results[1];
}

Outcome Subject::encode(Wire to, const RecordView& record) {
  static constexpr std::string_view before = "before";
  Outcome results[2];
  for (std::size_t k = 0; k < 2; ++k) {
    buffers_[k].clear();
    (void)buffers_[k].append(as_bytes(before));
    const Result<void> done = codecs_[static_cast<std::size_t>(to)][k]->encode(record, buffers_[k]);
    if (!buffers_[k].text().starts_with(before) || (!done && buffers_[k].size() != before.size())) {
      fail("a buffer's earlier contents are changed", show(buffers_[k].bytes()));
    }
    if (done) {
      results[k].output = buffers_[k].text().substr(before.size());
    } else {
      results[k] = refused(done.error());
    }
  }
  same(std::string("encode ") + name_of(to), results[0], results[1]);
  return results[1];
}

Outcome Subject::transcode(Wire from, Wire to, Bytes bytes) {
  Outcome results[2];
  for (std::size_t k = 0; k < 2; ++k) {
    buffers_[k].clear();
    const auto& t = transcoders_[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)][k];
    Result<void> done;
    run_on(k, std::string("transcode ") + name_of(from) + " to " + name_of(to),
           {.read = bytes.size(), .widest = widest_, .ops = t->info().ops}, [&] {
             buffers_[k].clear();
             done = t->transcode(guarded(k, bytes), buffers_[k]);
             return buffers_[k].size();
           });
    if (done) {
      results[k].output = buffers_[k].text();
    } else {
      results[k] = refused(done.error());
      if (!buffers_[k].empty()) {
        fail("a failed call leaves output", show(buffers_[k].bytes()));
      }
    }
  }
  same(std::string("transcode ") + name_of(from) + " to " + name_of(to), results[0], results[1]);
  return results[1];
}

void Subject::check_refused(Wire from, Bytes bytes, const Outcome& read) {
  for (const Wire to : wires) {
    const Outcome transcoded = transcode(from, to, bytes);
    if (read.is_limit() || transcoded.is_limit()) {
      continue;
    }
    // Only a writer minds that a number is not finite; it may come before what the reader minds.
    if (to == Wire::text && !setup_.text.nan_as_string && transcoded.code == Errc::invalid_number &&
        transcoded.offset <= read.offset) {
      continue;
    }
    if (transcoded.code != read.code || transcoded.offset != read.offset) {
      fail("decoding and transcoding disagree", to_string(read) + "\n" + to_string(transcoded));
    }
  }
}

bool Subject::has_equal_keys(Wire from, Bytes bytes) const {
  Options strict = setup_.options;
  strict.reject_duplicate_keys = true;
  const Engine engine({.kind = EngineOptions::Kind::interpret});
  const Format& format = from == Wire::text ? json::text : thrift::binary;
  const auto codec = RecordCodec::make(engine, type_, format, strict);
  Arena arena;
  const auto read = codec ? codec->decode(bytes, arena) : std::unexpected(codec.error());
  return !read && read.error().code() == Errc::duplicate_key;
}

std::string Subject::normal_form(Wire from, Bytes bytes) {
  const Decoded once = decode(from, bytes);
  if (!once.record) {
    return {};
  }
  const Decoded twice = decode(Wire::binary, as_bytes(once.outcome.output));
  return twice.record ? twice.outcome.output : once.outcome.output;
}

}  // namespace wirejit::fuzz
