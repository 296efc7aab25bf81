// Runs each call twice and compares.
#include "fuzz/pb_subject.h"

#include "fuzz/step_bound.h"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <utility>

namespace wirejit::fuzz {

namespace {

const char* name_of(Form f) { return f == Form::wire ? "Protobuf" : "ProtoJSON"; }

// The output, or the error's text.
std::string result_of(const Outcome& o) { return o.ok() ? o.output : to_string(o); }

}  // namespace

Outcome outcome_of(const Result<void>& done, std::string_view output) {
  if (!done) {
    return refused(done.error());
  }
  Outcome o;
  o.output = output;
  return o;
}

PbSubject::PbSubject(const Schema& schema, std::string_view root, const PbSetup& setup)
    : setup_(counted(setup)),
      widest_(widest_of(schema)),
      root_(root),
      schema_(schema),
      formats_{pb::with({.deterministic = true}), pb::json(setup.text)},
      engines_{Engine({.kind = kinds[0]}), Engine({.kind = kinds[1]})} {
  Result<RecordType> type =
      RecordType::make(schema, root, {.keep_unknown = setup.options.keep_unknown});
  if (!type) {
    fail("record type", type.error().to_string());
  }
  type_ = *std::move(type);
}

void PbSubject::fail(std::string_view what, std::string_view detail) const {
  std::fprintf(stderr, "DISAGREEMENT: %s, setup '%s': %.*s\n%.*s\n", root_.c_str(),
               setup_.name.c_str(), static_cast<int>(what.size()), what.data(),
               static_cast<int>(detail.size()), detail.data());
  std::abort();
}

void PbSubject::same(std::string_view what, const Outcome& a, const Outcome& b) const {
  if (!(a == b)) {
    fail(what, to_string(a) + "\n" + to_string(b));
  }
}

const RecordCodec& PbSubject::codec(Form form, std::size_t engine) {
  std::optional<RecordCodec>& made = codecs_[static_cast<std::size_t>(form)][engine];
  if (!made) {
    Result<RecordCodec> codec =
        RecordCodec::make(engines_[engine], type_, format(form), setup_.options);
    if (!codec) {
      fail("codec", codec.error().to_string());
    }
    made.emplace(*std::move(codec));
  }
  return *made;
}

const Transcoder& PbSubject::transcoder(Form from, Form to, Way way, std::size_t engine) {
  std::optional<Transcoder>& made =
      transcoders_[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)]
                  [static_cast<std::size_t>(way)][engine];
  if (!made) {
    Options options = setup_.options;
    options.through_record = way == Way::through_record;
    Result<Transcoder> transcoder =
        engines_[engine].transcoder(schema_, type_.type(), format(from), format(to), options);
    if (!transcoder) {
      fail("transcoder", transcoder.error().to_string());
    }
    made.emplace(*std::move(transcoder));
  }
  return *made;
}

void PbSubject::check_memory(const Arena& arena) const {
  const std::size_t limit = setup_.options.limits.memory;
  // Blocks double and are not filled to the end: twice the budget, and the first ones.
  if (limit < (std::size_t{1} << 20) && arena.capacity() > 4 * limit + 16384) {
    fail("memory", std::to_string(arena.capacity()) + " bytes taken");
  }
}

PbSubject::Decoded PbSubject::decode(Form from, Bytes bytes) {
  last_read_.assign(bytes.begin(), bytes.end());
  Decoded results[2];
  for (std::size_t k = 0; k < 2; ++k) {
    const RecordCodec& c = codec(from, k);
    Result<Record> got = std::unexpected(Error(Errc::internal));
    run_on(k, root_ + ", decode " + name_of(from),
           {.read = bytes.size(),
            .widest = widest_,
            .levels = levels_in(bytes),
            .ops = c.decoder().info().ops},
           [&] {
             arenas_[k].reset();
             got = c.decode(guarded(k, bytes), arenas_[k]);
             return std::size_t{0};
           });
    check_memory(arenas_[k]);
    if (!got) {
      results[k].outcome = refused(got.error());
      continue;
    }
    Buffer out;
    const Result<void> done = codec(Form::wire, k).encode(*got, out);
    results[k].written = outcome_of(done, out.text());
    results[k].outcome.output = result_of(results[k].written);
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

Outcome PbSubject::encode(Form to, const RecordView& record) {
  static constexpr std::string_view before = "before";
  Outcome results[2];
  for (std::size_t k = 0; k < 2; ++k) {
    buffers_[k].clear();
    (void)buffers_[k].append(as_bytes(before));
    const RecordCodec& c = codec(to, k);
    Result<void> done;
    run_on(k, root_ + ", encode " + name_of(to),
           {.read = last_read_.size(),
            .widest = widest_,
            .levels = levels_in(last_read_),
            .ops = c.encoder().info().ops},
           [&] {
             buffers_[k].set_size(before.size());
             done = c.encode(record, buffers_[k]);
             return buffers_[k].size();
           });
    if (!buffers_[k].text().starts_with(before) || (!done && buffers_[k].size() != before.size())) {
      fail("a buffer's earlier contents are changed", show(buffers_[k].bytes()));
    }
    results[k] = outcome_of(done, buffers_[k].text().substr(before.size()));
  }
  same(std::string("encode ") + name_of(to), results[0], results[1]);
  return results[1];
}

Outcome PbSubject::transcode(Form from, Form to, Bytes bytes, Way way) {
  Outcome results[2];
  for (std::size_t k = 0; k < 2; ++k) {
    buffers_[k].clear();
    const Transcoder& t = transcoder(from, to, way, k);
    Result<void> done;
    run_on(
        k, root_ + ", " + name_of(from) + " to " + name_of(to),
        {.read = bytes.size(), .widest = widest_, .levels = levels_in(bytes), .ops = t.info().ops},
        [&] {
          buffers_[k].clear();
          done = t.transcode(guarded(k, bytes), buffers_[k]);
          return buffers_[k].size();
        });
    results[k] = outcome_of(done, buffers_[k].text());
    if (!done && !buffers_[k].empty()) {
      fail("a failed call leaves output", show(buffers_[k].bytes()));
    }
  }
  same(std::string("transcode ") + name_of(from) + " to " + name_of(to), results[0], results[1]);
  return results[1];
}

std::optional<std::string> PbSubject::normal_form(Form from, Bytes bytes) {
  const Decoded read = decode(from, bytes);
  if (!read.record || !read.written.ok()) {
    return std::nullopt;
  }
  return read.written.output;
}

void PbSubject::check_chain(Form from, Bytes bytes, const Outcome& whole) {
  const std::size_t middle = bytes.size() / 2;
  const Bytes parts[] = {bytes.first(middle), {}, bytes.subspan(middle)};
  Arena arena;
  const Result<Record> got = codec(from, 1).decode(std::span<const Bytes>(parts), arena);
  Outcome o;
  if (got) {
    Buffer out;
    const Result<void> done = codec(Form::wire, 1).encode(*got, out);
    o.output = result_of(outcome_of(done, out.text()));
  } else {
    o = refused(got.error());
  }
  if (o.code == Errc::memory_limit) {
    return;  // what the parts take in one place is charged, too
  }
  same("chain", o, whole);
}

void PbSubject::check_same_failure(std::string_view what, const Outcome& both,
                                   const Outcome& one) const {
  if (both.is_limit() || one.is_limit()) {
    return;  // the means of the two ways differ
  }
  if (both.code != one.code || (!both.ok() && both.offset != one.offset)) {
    fail(what, to_string(both) + "\n" + to_string(one));
  }
}

const Schema& pb_schema() {
  static const Schema schema = [] {
    Result<Schema> made = pb::load_file(WIREJIT_FUZZ_MESSAGES);
    if (!made) {
      std::fprintf(stderr, "%s\n", made.error().to_string().c_str());
      std::abort();
    }
    return *made;
  }();
  return schema;
}

PbSubject& pb_subject(std::span<const std::string_view> roots, std::size_t root,
                      std::span<const PbSetup> setups, std::size_t setup) {
  static std::map<std::pair<std::string_view, const PbSetup*>, std::unique_ptr<PbSubject>> made;
  const std::string_view name = roots[root % roots.size()];
  const PbSetup& chosen = setups[setup % setups.size()];
  std::unique_ptr<PbSubject>& found = made[{name, &chosen}];
  if (found == nullptr) {
    found = std::make_unique<PbSubject>(pb_schema(), name, chosen);
  }
  return *found;
}

}  // namespace wirejit::fuzz
