// Loads descriptors from bytes: splits sets into files, decodes each with our own codec, and
// resolves them. Entry: pb::load, load_sets, load_protos, load_file. Invariant: the limits on bytes
// and memory hold while decoding, those on numbers of declarations before resolving.
#include "pb/descriptor_context.h"
#include "pb/descriptor_walk.h"

#include <wirejit/engine.h>
#include <wirejit/pb.h>
#include <wirejit/seeded_hash.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <new>
#include <stdexcept>
#include <system_error>
#include <unordered_map>

namespace wirejit::pb {
namespace descriptors {
namespace {

// FileDescriptorSet.file.
constexpr std::uint32_t set_file = 1;
// Levels besides those of nested messages: the file, and a field, enum value, ... within a message.
constexpr std::size_t depth_besides_messages = 6;

// One serialized FileDescriptorProto.
struct FileBytes {
  std::string_view bytes;
  std::size_t offset = 0;  // in its set
};

std::unexpected<Error> too_many(std::string_view what, std::size_t limit) {
  return std::unexpected(
      Error(Errc::size_limit, "more than " + std::to_string(limit) + " " + std::string(what)));
}

// Checks the numbers of declarations and their memory against the limits.
class DeclarationCounter {
 public:
  explicit DeclarationCounter(const LoadLimits& limits) : limits_(limits) {}

  Result<void> add(const FileDescriptorProto& f, std::size_t bytes) {
    memory_ += sizeof f + bytes + f.dependency.size() * sizeof(std::string);
    for (const DescriptorProto& m : f.message_type) {
      add(m);
    }
    for (const EnumDescriptorProto& e : f.enum_type) {
      add(e);
    }
    for (const ServiceDescriptorProto& s : f.service) {
      methods_ += 1 + s.method.size();
      memory_ += sizeof s + s.method.size() * sizeof(MethodDescriptorProto);
    }
    add(f.extension);
    for (const Location& l : f.source_code_info.location) {
      memory_ += sizeof l + (l.path.size() + l.span.size()) * sizeof(std::int32_t);
    }
    if (messages_ > limits_.messages) {
      return too_many("messages", limits_.messages);
    }
    if (fields_ > limits_.fields) {
      return too_many("fields", limits_.fields);
    }
    if (values_ > limits_.enum_values) {
      return too_many("enum values", limits_.enum_values);
    }
    if (methods_ > limits_.methods) {
      return too_many("methods", limits_.methods);
    }
    if (memory_ > limits_.memory) {
      return too_many("bytes of memory", limits_.memory);
    }
    return {};
  }

 private:
  // Recursion is bounded by the depth limit of the decoder.
  void add(const DescriptorProto& m) {
    ++messages_;
    add(m.field);
    add(m.extension);
    const std::size_t ranges = m.extension_range.size() + m.reserved_range.size();
    fields_ += m.oneof_decl.size() + ranges + m.reserved_name.size();
    memory_ += sizeof m + ranges * sizeof(Range) +
               m.oneof_decl.size() * sizeof(OneofDescriptorProto) +
               m.reserved_name.size() * sizeof(std::string);
    for (const DescriptorProto& inner : m.nested_type) {
      add(inner);
    }
    for (const EnumDescriptorProto& e : m.enum_type) {
      add(e);
    }
  }
  void add(const std::vector<FieldDescriptorProto>& fields) {
    fields_ += fields.size();
    memory_ += fields.size() * sizeof(FieldDescriptorProto);
  }
  void add(const EnumDescriptorProto& e) {
    values_ += 1 + e.value.size() + e.reserved_range.size() + e.reserved_name.size();
    memory_ += sizeof e + e.value.size() * sizeof(EnumValueDescriptorProto) +
               e.reserved_range.size() * sizeof(Range) +
               e.reserved_name.size() * sizeof(std::string);
  }

  const LoadLimits& limits_;
  std::size_t messages_ = 0;
  std::size_t fields_ = 0;
  std::size_t values_ = 0;
  std::size_t methods_ = 0;
  std::size_t memory_ = 0;
};

// The decoder is interpreted: a schema is loaded once or a few times, too few to repay compiling.
Result<Decoder<FileDescriptorProto>> file_decoder() {
  static const Engine engine({.kind = EngineOptions::Kind::interpret});
  return engine.decoder<FileDescriptorProto>(wire);
}

CallOptions decoding_within(const LoadLimits& limits) {
  CallOptions call;
  call.limits.depth = static_cast<std::uint32_t>(
      std::min(limits.nesting, Limits::max_depth - depth_besides_messages) +
      depth_besides_messages);
  call.limits.input_bytes = limits.bytes;
  call.limits.memory = limits.memory;
  return call;
}

class Loader {
 public:
  explicit Loader(const LoadOptions& options)
      : options_(options),
        decoder_(file_decoder()),
        call_(decoding_within(options.limits)),
        counter_(options.limits) {}

  Result<void> add_set(Bytes set) {
    if (Result<void> room = charge(set.size()); !room) {
      return room;
    }
    const std::string_view text = as_text(set);
    FieldWalker walker(text);
    while (const auto f = walker.next()) {
      if (f->number != set_file || f->type != WireType::bytes) {
        continue;
      }
      const auto offset = static_cast<std::size_t>(f->bytes.data() - text.data());
      if (Result<void> added = add_file({f->bytes, offset}); !added) {
        return added;
      }
    }
    if (walker.failed()) {
      return std::unexpected(Error(Errc::schema_invalid, "these bytes are not a FileDescriptorSet",
                                   text.size() - walker.rest().size()));
    }
    return {};
  }

  Result<void> add_proto(Bytes file) {
    if (Result<void> room = charge(file.size()); !room) {
      return room;
    }
    return add_file({as_text(file), 0});
  }

  Result<Schema> finish() {
    if (files_.empty()) {
      return std::unexpected(Error(Errc::schema_invalid, "the descriptor set holds no files"));
    }
    std::size_t main = last_;
    if (!options_.main.empty()) {
      const auto it = positions_.find(options_.main);
      if (it == positions_.end()) {
        return std::unexpected(Error(
            Errc::not_found, "there is no file " + printable_name(options_.main) + " in the set"));
      }
      main = it->second;
    }
    return resolve_files(files_, main, options_);
  }

 private:
  Result<void> charge(std::size_t bytes) {
    if (bytes > options_.limits.bytes - bytes_) {
      return too_many("bytes", options_.limits.bytes);
    }
    bytes_ += bytes;
    return {};
  }

  Result<void> add_file(const FileBytes& bytes) {
    if (files_.size() == options_.limits.files) {
      return too_many("files", options_.limits.files);
    }
    FileDescriptorProto file;
    if (Result<void> decoded = decode(bytes, file); !decoded) {
      return decoded;
    }
    const auto [it, fresh] = positions_.try_emplace(file.name, files_.size());
    last_ = it->second;
    if (fresh) {
      if (Result<void> counted = counter_.add(file, bytes.bytes.size()); !counted) {
        return counted;
      }
      files_.push_back(std::move(file));
      sources_.push_back(bytes.bytes);
    } else if (sources_[it->second] != bytes.bytes) {
      return std::unexpected(
          Error(Errc::schema_invalid,
                printable_name(file.name) + ": two different files have this name", bytes.offset));
    }
    return {};
  }

  Result<void> decode(const FileBytes& bytes, FileDescriptorProto& out) {
    if (!decoder_) {
      return std::unexpected(decoder_.error());
    }
    Result<void> done = decoder_->decode(bytes.bytes, out, call_);
    if (done) {
      return done;
    }
    Error::Detail detail{.code = done.error().code(),
                         .offset = done.error().offset(),
                         .line = 0,
                         .column = 0,
                         .path = done.error().path(),
                         .message = done.error().message()};
    if (detail.offset != no_offset) {
      detail.offset += bytes.offset;
    }
    return std::unexpected(Error(std::move(detail)));
  }

  const LoadOptions& options_;
  const Result<Decoder<FileDescriptorProto>> decoder_;
  const CallOptions call_;
  DeclarationCounter counter_;
  std::size_t bytes_ = 0;
  std::size_t last_ = 0;
  std::vector<FileDescriptorProto> files_;
  std::vector<std::string_view> sources_;  // their bytes
  std::unordered_map<std::string, std::size_t, SeededHash, std::equal_to<>> positions_;
};

// Runs a load and turns exceptions into errors.
template <class Body>
Result<Schema> guarded(Body body) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return std::unexpected(Error(Errc::no_memory));
  } catch (const std::length_error&) {
    return std::unexpected(Error(Errc::no_memory));
  }
}

// Reads a file. It stops after the limit is exceeded, so that the caller can report the size.
Result<std::string> read_file(const std::string& path, std::size_t limit) {
  const auto failed = [&] {
    const std::string why = std::error_code(errno, std::generic_category()).message();
    return std::unexpected(Error(Errc::io, "cannot read " + path + ": " + why));
  };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  if (!file) {
    return failed();
  }
  constexpr std::size_t chunk = 65536;
  std::string out;
  while (out.size() <= limit) {
    const std::size_t before = out.size();
    out.resize(before + chunk);
    const std::size_t n = std::fread(out.data() + before, 1, chunk, file.get());
    out.resize(before + n);
    if (n < chunk) {
      break;
    }
  }
  if (std::ferror(file.get()) != 0) {
    return failed();
  }
  return out;
}

}  // namespace
}  // namespace descriptors

Result<Schema> load(Bytes file_descriptor_set, const LoadOptions& options) {
  return load_sets({&file_descriptor_set, 1}, options);
}

Result<Schema> load_sets(std::span<const Bytes> file_descriptor_sets, const LoadOptions& options) {
  return descriptors::guarded([&]() -> Result<Schema> {
    descriptors::Loader loader(options);
    for (const Bytes set : file_descriptor_sets) {
      if (Result<void> added = loader.add_set(set); !added) {
        return std::unexpected(std::move(added.error()));
      }
    }
    return loader.finish();
  });
}

Result<Schema> load_protos(std::span<const Bytes> file_descriptor_protos,
                           const LoadOptions& options) {
  return descriptors::guarded([&]() -> Result<Schema> {
    descriptors::Loader loader(options);
    for (const Bytes file : file_descriptor_protos) {
      if (Result<void> added = loader.add_proto(file); !added) {
        return std::unexpected(std::move(added.error()));
      }
    }
    return loader.finish();
  });
}

Result<Schema> load_file(const std::string& path, const LoadOptions& options) {
  return descriptors::guarded([&]() -> Result<Schema> {
    Result<std::string> bytes = descriptors::read_file(path, options.limits.bytes);
    if (!bytes) {
      return std::unexpected(std::move(bytes.error()));
    }
    return load(as_bytes(*bytes), options);
  });
}

}  // namespace wirejit::pb
