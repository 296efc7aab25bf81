// Runs each call twice and compares.
#include "fuzz/subject.h"

#include "fuzz/step_bound.h"
#include "tests/support/reference_binary.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace wirejit::fuzz {

namespace {

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
    return "ok " + show(as_bytes(o.bytes));
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
  constexpr std::size_t readable = 64;  // structs: a build's messages are not shown
  std::fprintf(stderr, "%s\nDISAGREEMENT: %.*s\n%.*s\n",
               schema.structs().size() > readable ? "" : to_idl(schema).c_str(),
               static_cast<int>(what.size()), what.data(), static_cast<int>(detail.size()),
               detail.data());
  std::abort();
}

const std::vector<Setup>& binary_setups() {
  static const std::vector<Setup> all = {
      {.name = "default"},
      {.name = "no paths", .options = {.error_paths = false}},
      {.name = "alias", .options = {.alias_input = true, .error_paths = false}},
      {.name = "no duplicates",
       .options = {.reject_duplicate_fields = true, .reject_duplicate_keys = true}},
      {.name = "free unions", .options = {.check_unions = false}},
      {.name = "keep unknown", .options = {.unknown_fields = Unknown::keep}},
      {.name = "small limits",
       .options = {.error_paths = false},
       .limits = {.depth = 5, .input_bytes = 300, .output_bytes = 400, .memory = 2000}},
      {.name = "any strings", .options = {.validate_utf8 = false}},
  };
  return all;
}

const std::vector<Setup>& text_setups() {
  static const std::vector<Setup> all = {
      {.name = "default"},
      {.name = "no paths", .options = {.error_paths = false}},
      {.name = "alias", .options = {.alias_input = true, .error_paths = false}},
      {.name = "strict",
       .options = {.reject_duplicate_fields = true,
                   .reject_duplicate_keys = true,
                   .unknown_fields = Unknown::error},
       .text = {.reject_unknown_numbers = true}},
      {.name = "pretty",
       .text = {.indent = 2, .int64 = json::Int64::text, .enums_as_numbers = true}},
      {.name = "urls",
       .text = {.binary = json::Binary::base64_url,
                .base64_padding = false,
                .keys = json::Keys::name}},
      {.name = "small limits",
       .options = {.error_paths = false},
       .limits = {.depth = 5, .input_bytes = 300, .output_bytes = 400, .memory = 2000}},
      {.name = "free unions, finite numbers",
       .options = {.check_unions = false},
       .text = {.not_finite = json::NotFinite::error}},
      {.name = "keep unknown", .options = {.unknown_fields = Unknown::keep}},
      // The texts of the profiles; MissingFields::all is left out, for what is written is not what is
      // read again: a zero struct that was added is filled then.
      {.name = "kitex json",
       .options = {.missing_required = MissingRequired::zero},
       .text = json::kitex_json.text},
      {.name = "apache", .text = json::apache.text},
      {.name = "strict profile", .options = json::strict.options, .text = json::strict.text},
      {.name = "no fields that do not come, null is zero",
       .options = {.missing_required = MissingRequired::omit,
                   .default_fields = MissingFields::none},
       .text = {.keys = json::Keys::both, .nulls = json::Nulls::zero}},
  };
  return all;
}

std::vector<Format> thrift_formats(const Setup& setup) {
  return {thrift::binary, json::text(setup.text), thrift::json};
}

std::vector<Format> protobuf_formats(const Setup& setup) {
  return {pb::wire({.deterministic = true}), pb::json(setup.proto)};
}

Subject::Subject(const Schema& schema, std::string_view root, const Setup& setup,
                 std::vector<Format> formats)
    : setup_(with_step_count(setup)),
      call_{.limits = setup_.limits},
      widest_(widest_of(schema)),
      has_any_(std::ranges::any_of(schema.structs(),
                                   [](const auto& s) { return s.semantic == Semantic::any; })),
      root_(root),
      schema_(schema),
      formats_(std::move(formats)),
      engines_{Engine({.kind = kinds[0]}), Engine({.kind = kinds[1]})} {
  Result<RecordType> type = RecordType::make(
      schema, root, {.keep_unknown = setup.options.unknown_fields == Unknown::keep});
  if (!type) {
    fail("record type", type.error().to_string());
  }
  type_ = *std::move(type);
  for (std::size_t k = 0; k < 2; ++k) {
    codecs_[k].resize(formats_.size());
    tried_[k].resize(formats_.size());
  }
}

void Subject::fail(std::string_view what, std::string_view detail) const {
  fuzz::fail(schema_, root_ + ", setup '" + setup_.name + "': " + std::string(what), detail);
}

void Subject::check_same(std::string_view what, const Outcome& a, const Outcome& b) const {
  if (!(a == b)) {
    fail(what, to_string(a) + "\n" + to_string(b));
  }
}

std::string Subject::name_of(FormatNumber f) const { return std::string(formats_[f].name()); }

bool Subject::is_thrift() const { return formats_[in_binary].name() == thrift::binary.name(); }

std::size_t Subject::levels_in(Bytes bytes) const { return has_any_ ? fuzz::levels_in(bytes) : 0; }

// ---- Codecs

template <class T>
void Subject::store(const std::string& what, std::optional<T>& to, Result<T> result) const {
  if (result) {
    to.emplace(*std::move(result));
  } else if (result.error().code() != Errc::unsupported) {
    fail(what, result.error().to_string());
  }
}

// C++ objects need not have room for unknown fields.
Options Subject::object_options() const {
  Options options = setup_.options;
  if (options.unknown_fields == Unknown::keep) {
    options.unknown_fields.reset();
  }
  return options;
}

const RecordCodec* Subject::find_codec(FormatNumber f, std::size_t engine) {
  std::optional<RecordCodec>& codec = codecs_[engine][f];
  if (!tried_[engine][f]) {
    tried_[engine][f] = true;
    store("codec of " + name_of(f), codec,
          engines_[engine].record_codec(type_, formats_[f], setup_.options));
  }
  return codec ? &*codec : nullptr;
}

const Transcoder* Subject::find_transcoder(FormatNumber from, FormatNumber to, Mode mode,
                                           std::size_t engine) {
  for (const CachedTranscoder& t : transcoders_) {
    if (t.from == from && t.to == to && t.mode == mode) {
      return t.on_engine[engine] ? &*t.on_engine[engine] : nullptr;
    }
  }
  CachedTranscoder& t = transcoders_.emplace_back();
  t.from = from;
  t.to = to;
  t.mode = mode;
  Options options = setup_.options;
  options.debug.through_record = mode == Mode::through_record;
  for (std::size_t k = 0; k < 2; ++k) {
    store(name_of(from) + " to " + name_of(to), t.on_engine[k],
          engines_[k].transcoder({schema_, type_.type()}, formats_[from], formats_[to], options));
  }
  return t.on_engine[engine] ? &*t.on_engine[engine] : nullptr;
}

const RecordCodec& Subject::codec(FormatNumber f, std::size_t engine) {
  const RecordCodec* found = find_codec(f, engine);
  if (found == nullptr) {
    fail("codec of " + name_of(f), "unsupported");
  }
  return *found;
}

const Transcoder& Subject::transcoder(FormatNumber from, FormatNumber to, Mode mode,
                                      std::size_t engine) {
  const Transcoder* found = find_transcoder(from, to, mode, engine);
  if (found == nullptr) {
    fail(name_of(from) + " to " + name_of(to), "unsupported");
  }
  return *found;
}

// ---- Calls

// The record in Thrift Binary by the reference, which has no limits; else by the codec of the first
// format.
Outcome Subject::meaning(const RecordView& record, std::size_t engine) {
  if (is_thrift()) {
    Errc ignored{};  // a union may have no field where check_unions is off
    return Outcome(test::reference_encode(record, &ignored));
  }
  Buffer out;
  const Result<void> done = codec(in_binary, engine).encode(record, out, call_);
  return {done, out.text()};
}

void Subject::check_memory(const Arena& arena) const {
  const std::size_t limit = setup_.limits.memory;
  // Blocks double and are not filled to the end: twice the budget, and the first ones.
  if (limit < (std::size_t{1} << 20) && arena.capacity() > 4 * limit + 16384) {
    fail("memory", std::to_string(arena.capacity()) + " bytes taken");
  }
}

Subject::Decoded Subject::decode(FormatNumber from, Bytes bytes) {
  last_read_.assign(bytes.begin(), bytes.end());
  const std::string what = "decode " + name_of(from);
  Decoded results[2];
  for (std::size_t k = 0; k < 2; ++k) {
    const RecordCodec& c = codec(from, k);
    Result<Record> got = std::unexpected(Error(Errc::internal));
    run_on(k, root_ + ", " + what,
           {.read = bytes.size(),
            .widest = widest_,
            .levels = levels_in(bytes),
            .ops = c.decoder().info().ops},
           [&] {
             arenas_[k].reset();
             got = c.decode(guarded(k, bytes), arenas_[k], call_);
             return std::size_t{0};
           });
    check_memory(arenas_[k]);
    if (!got) {
      results[k].outcome = Outcome(got.error());
      continue;
    }
    results[k].written = meaning(*got, k);
    results[k].outcome.bytes =
        results[k].written.ok() ? results[k].written.bytes : to_string(results[k].written);
    results[k].record = *got;
  }
  check_same(what, results[0].outcome, results[1].outcome);
  if (results[1].record && !setup_.options.alias_input &&
      !(*results[0].record == *results[1].record)) {
    fail("records differ, " + what, to_string(results[1].outcome));
  }
  return results[1];
}

Outcome Subject::encode(FormatNumber to, const RecordView& record) {
  static constexpr std::string_view before = "before";
  const std::string what = "encode " + name_of(to);
  Outcome results[2];
  for (std::size_t k = 0; k < 2; ++k) {
    buffers_[k].clear();
    (void)buffers_[k].append(as_bytes(before));
    const RecordCodec& c = codec(to, k);
    Result<void> done;
    run_on(k, root_ + ", " + what,
           {.read = last_read_.size(),
            .widest = widest_,
            .levels = levels_in(last_read_),
            .ops = c.encoder().info().ops},
           [&] {
             buffers_[k].set_size(before.size());
             done = c.encode(record, buffers_[k], call_);
             return buffers_[k].size();
           });
    if (!buffers_[k].text().starts_with(before) || (!done && buffers_[k].size() != before.size())) {
      fail("a buffer's earlier contents are changed", show(buffers_[k].bytes()));
    }
    results[k] = Outcome(done, buffers_[k].text().substr(before.size()));
  }
  check_same(what, results[0], results[1]);
  return results[1];
}

Outcome Subject::transcode(FormatNumber from, FormatNumber to, Bytes bytes, Mode mode) {
  const std::string what = name_of(from) + " to " + name_of(to);
  Outcome results[2];
  for (std::size_t k = 0; k < 2; ++k) {
    const Transcoder& t = transcoder(from, to, mode, k);
    Result<void> done;
    run_on(
        k, root_ + ", " + what,
        {.read = bytes.size(), .widest = widest_, .levels = levels_in(bytes), .ops = t.info().ops},
        [&] {
          buffers_[k].clear();
          done = t.transcode(guarded(k, bytes), buffers_[k], call_);
          return buffers_[k].size();
        });
    results[k] = Outcome(done, buffers_[k].text());
    if (!done && !buffers_[k].empty()) {
      fail("a failed call leaves output", show(buffers_[k].bytes()));
    }
  }
  check_same("transcode " + what, results[0], results[1]);
  return results[1];
}

Outcome Subject::on_both_engines(const std::string& what,
                                 const std::function<Result<void>(std::size_t, Buffer&)>& call) {
  Outcome results[2];
  for (std::size_t k = 0; k < 2; ++k) {
    Buffer out;
    results[k] = Outcome(call(k, out), {});
    results[k].bytes = out.text();
  }
  check_same(what, results[0], results[1]);
  return results[1];
}

Outcome Subject::by_codecs(FormatNumber from, FormatNumber to, Bytes bytes) {
  return on_both_engines(
      name_of(from) + " to " + name_of(to) + " by two codecs", [&](std::size_t k, Buffer& out) {
        Arena arena;
        const Result<Record> record = codec(from, k).decode(guarded(k, bytes), arena, call_);
        return record ? codec(to, k).encode(*record, out, call_) : std::unexpected(record.error());
      });
}

// ---- What must hold

std::optional<std::string> Subject::normal_form(FormatNumber from, Bytes bytes) {
  const Decoded once = decode(from, bytes);
  if (!once.record || !once.written.ok()) {
    return std::nullopt;
  }
  if (!is_thrift()) {
    return once.written.bytes;
  }
  const Decoded twice = decode(in_binary, as_bytes(once.written.bytes));
  return twice.record ? twice.written.bytes : once.written.bytes;
}

void Subject::check_same_failure(std::string_view what, const Outcome& by_both,
                                 const Outcome& one) const {
  if (by_both.is_limit() || one.is_limit()) {
    return;  // decoding and transcoding need different amounts of memory
  }
  if (by_both.code != one.code || (!by_both.ok() && by_both.offset != one.offset)) {
    fail(what, to_string(by_both) + "\n" + to_string(one));
  }
}

void Subject::check_rejected(FormatNumber from, Bytes bytes, const Outcome& read) {
  for (FormatNumber to = 0; to < formats_.size(); ++to) {
    if (!can_transcode(from, to)) {
      continue;
    }
    const Outcome transcoded = transcode(from, to, bytes);
    // Only the writer rejects numbers that are not finite; one may come before the reader's error.
    if (to == in_text && setup_.text.not_finite == json::NotFinite::error &&
        transcoded.code == Errc::invalid_number && transcoded.offset <= read.offset) {
      continue;
    }
    check_same_failure("decoding and transcoding disagree", read, transcoded);
  }
}

void Subject::check_chain(FormatNumber from, Bytes bytes, const Outcome& whole) {
  const std::size_t middle = bytes.size() / 2;
  const Bytes parts[] = {bytes.first(middle), {}, bytes.subspan(middle)};
  Arena arena;
  const Result<Record> got = codec(from, 1).decode(std::span<const Bytes>(parts), arena, call_);
  Outcome o;
  if (got) {
    const Outcome meant = meaning(*got, 1);
    o.bytes = meant.ok() ? meant.bytes : to_string(meant);
  } else {
    o = Outcome(got.error());
  }
  if (o.code == Errc::memory_limit) {
    return;  // what the parts take in one place is charged, too
  }
  check_same("chain", o, whole);
}

bool Subject::has_duplicate_keys(FormatNumber from, Bytes bytes) const {
  Options strict = setup_.options;
  strict.reject_duplicate_keys = true;
  const Engine engine({.kind = EngineOptions::Kind::interpret});
  const Format& format = from == in_text ? json::text : thrift::binary;
  const auto codec = engine.record_codec(type_, format, strict);
  Arena arena;
  const auto read = codec ? codec->decode(bytes, arena, call_) : std::unexpected(codec.error());
  return !read && read.error().code() == Errc::duplicate_key;
}

}  // namespace wirejit::fuzz
