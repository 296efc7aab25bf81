// Loading: the main text, then all texts that it includes, then the resolver.
// Entry: load_file, load_text, load_map. Invariant: each file is read once however often it is
// included; no exception leaves this file.
#include "thrift/idl_parser.h"
#include "thrift/idl_report.h"
#include "thrift/idl_resolve.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <set>
#include <utility>

namespace wirejit::thrift {
namespace {

namespace fs = std::filesystem;

// Offsets of tokens have 32 bits.
constexpr std::size_t most_file_bytes = std::size_t{1} << 31;

// Where a text is: `key` identifies it, diagnostics show `path`.
struct Location {
  std::string key;
  std::string path;
};

// The source of texts.
class Texts {
 public:
  Texts() = default;
  Texts(const Texts&) = delete;
  Texts& operator=(const Texts&) = delete;
  virtual ~Texts() = default;

  // The text that an include of `name` in `from` refers to, if there is one.
  virtual std::optional<Location> find(const std::string& name, const std::string& from) = 0;
  // Sets the text of `out`, and its storage where it is read from a file. Reads at most `limit` + 1
  // bytes or a chunk more. Returns the reason of a failure, or an empty string.
  virtual std::string read(const Location& at, std::size_t limit, SourceFile& out) = 0;
};

// The directory of a path, with its slash; empty if it has none.
std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash + 1);
}

std::string joined(const std::string& directory, const std::string& name) {
  return directory.empty() || directory.ends_with('/') ? directory + name : directory + "/" + name;
}

class DiskTexts : public Texts {
 public:
  // If `main_text` is set, it is the text of the main document, which then has no directory.
  DiskTexts(const IdlOptions& options, std::optional<std::string_view> main_text)
      : options_(options), main_text_(main_text) {}

  std::optional<Location> find(const std::string& name, const std::string& from) override {
    if (name.starts_with('/')) {
      return existing(name);
    }
    const bool has_directory = !main_text_ || from != options_.text_name;
    if (has_directory) {
      if (auto found = existing(joined(directory_of(from), name))) {
        return found;
      }
    }
    for (const std::string& directory : options_.include_paths) {
      if (auto found = existing(joined(directory, name))) {
        return found;
      }
    }
    return std::nullopt;
  }

  std::string read(const Location& at, std::size_t limit, SourceFile& out) override {
    if (main_text_ && at.key.empty()) {
      out.text = *main_text_;
      return {};
    }
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(at.path.c_str(), "rb"),
                                                               &std::fclose);
    if (!file) {
      return reason();
    }
    static constexpr std::size_t chunk = 65536;
    while (out.storage.size() <= limit) {
      const std::size_t before = out.storage.size();
      out.storage.resize(before + chunk);
      const std::size_t n = std::fread(out.storage.data() + before, 1, chunk, file.get());
      out.storage.resize(before + n);
      if (n < chunk) {
        break;
      }
    }
    if (std::ferror(file.get())) {
      return reason();
    }
    out.text = out.storage;
    return {};
  }

  static std::string key_of(const std::string& path) {
    std::error_code ec;
    const fs::path canonical = fs::weakly_canonical(path, ec);
    return ec ? path : canonical.string();
  }

 private:
  static std::string reason() { return std::error_code(errno, std::generic_category()).message(); }

  static std::optional<Location> existing(const std::string& path) {
    std::error_code ec;
    if (path.find('\0') != std::string::npos || !fs::is_regular_file(path, ec)) {
      return std::nullopt;
    }
    return Location{key_of(path), path};
  }

  const IdlOptions& options_;
  std::optional<std::string_view> main_text_;
};

class MapTexts : public Texts {
 public:
  MapTexts(const IdlOptions& options, const std::map<std::string, std::string>& texts)
      : options_(options), texts_(texts) {}

  std::optional<Location> find(const std::string& name, const std::string& from) override {
    if (auto found = existing(joined(directory_of(from), name))) {
      return found;
    }
    for (const std::string& directory : options_.include_paths) {
      if (auto found = existing(joined(directory, name))) {
        return found;
      }
    }
    return existing(name);
  }

  std::string read(const Location& at, std::size_t, SourceFile& out) override {
    const auto it = texts_.find(at.key);
    if (it == texts_.end()) {
      return "no such text in the map";
    }
    out.text = it->second;
    return {};
  }

 private:
  // The text of that name, or of the name in which "./" and "../" are resolved.
  [[nodiscard]] std::optional<Location> existing(const std::string& path) const {
    if (texts_.contains(path)) {
      return Location{path, path};
    }
    const std::string plain = fs::path(path).lexically_normal().generic_string();
    if (texts_.contains(plain)) {
      return Location{plain, plain};
    }
    return std::nullopt;
  }

  const IdlOptions& options_;
  const std::map<std::string, std::string>& texts_;
};

// "orders" of "idl/orders.thrift".
std::string stem_of(const std::string& path) {
  const std::string base = path.substr(directory_of(path).size());
  const std::size_t dot = base.rfind('.');
  return dot == std::string::npos || dot == 0 ? base : base.substr(0, dot);
}

class Loader {
 public:
  Loader(const IdlOptions& options, Texts& texts)
      : options_(options),
        texts_(texts),
        reporter_(std::max<std::size_t>(options.limits.errors, 1), options.limits.warnings),
        declarations_(options.limits.declarations) {}

  Result<Schema> run(const Location& main, std::vector<Diagnostic>* diagnostics) {
    load(main, 0);
    std::optional<Schema> schema;
    if (!reporter_.full() && !files_.empty()) {
      schema = resolve_idl(files_, options_, reporter_.errors() > 0, reporter_);
    }
    if (reporter_.findings().size() > 1) {
      sort_findings();
    }
    Result<Schema> result =
        schema ? Result<Schema>(std::move(*schema)) : std::unexpected(reporter_.to_error());
    if (diagnostics) {
      *diagnostics = std::move(reporter_.findings());
    }
    return result;
  }

 private:
  // Sorts by file, then by position; findings at one position keep their order.
  void sort_findings() {
    std::vector<Diagnostic>& findings = reporter_.findings();
    std::map<std::string_view, std::size_t> files;
    for (std::size_t i = 0; i < files_.size(); ++i) {
      files.emplace(files_[i].source.path, i);
    }
    std::multimap<std::pair<std::size_t, std::size_t>, Diagnostic> sorted;
    for (Diagnostic& d : findings) {
      const std::pair at(files[d.file], d.offset);
      sorted.emplace(at, std::move(d));
    }
    findings.clear();
    for (auto& [at, d] : sorted) {
      findings.push_back(std::move(d));
    }
  }

  // The position of a text in files_, and whether it is being loaded now.
  struct Entry {
    std::size_t index = 0;
    bool open = false;
  };

  // Returns the file's position in files_, or nothing if it could not be read.
  std::optional<std::size_t> load(const Location& at, std::size_t depth) {
    const std::size_t index = files_.size();
    IdlFile& file = files_.emplace_back();
    file.source.path = at.path;
    file.source.stem = stem_of(at.path);
    const std::size_t limit = std::min(options_.limits.file_bytes, most_file_bytes);
    if (const std::string why = texts_.read(at, limit, file.source); !why.empty()) {
      reporter_.file_error(at.path, "cannot be read: " + why, Errc::io);
      return std::nullopt;
    }
    if (file.source.text.size() > limit ||
        file.source.text.size() > options_.limits.total_bytes - total_bytes_) {
      reporter_.file_error(at.path, "the text is larger than the limit", Errc::size_limit);
      file.source.text = {};
      return std::nullopt;
    }
    total_bytes_ += file.source.text.size();
    entries_[at.key] = {index, true};
    file.ast = parse_idl(file.source, options_, declarations_, reporter_);
    for (const AstName& name : file.ast.includes) {
      if (reporter_.full()) {
        break;
      }
      if (const auto included = include(file.source, name, depth + 1)) {
        file.includes.push_back(*included);
      }
    }
    entries_[at.key].open = false;
    return index;
  }

  std::optional<std::size_t> include(const SourceFile& from, const AstName& name,
                                     std::size_t depth) {
    const std::optional<Location> at = texts_.find(std::string(name.text), from.path);
    if (!at) {
      // Reported once, at the first include that names it.
      if (!missing_.emplace(name.text).second) {
        return std::nullopt;
      }
      const std::string message = "cannot find the file " + quoted(name.text) +
                                  "; it is neither beside this one nor in the include paths";
      if (options_.require_includes) {
        reporter_.error(from, name.place, message, Errc::io);
      } else {
        reporter_.warning(from, name.place, message, Errc::io);
      }
      return std::nullopt;
    }
    if (const auto known = entries_.find(at->key); known != entries_.end()) {
      if (!known->second.open) {
        return known->second.index;
      }
      reporter_.error(from, name.place,
                      "includes form a cycle; " + quoted(name.text) + " includes this file");
      return std::nullopt;
    }
    if (depth > options_.limits.include_depth || files_.size() >= options_.limits.files) {
      reporter_.error(from, name.place, "more includes than the limits allow", Errc::size_limit);
      return std::nullopt;
    }
    return load(*at, depth);
  }

  const IdlOptions& options_;
  Texts& texts_;
  Reporter reporter_;
  std::size_t declarations_;
  std::size_t total_bytes_ = 0;
  std::deque<IdlFile> files_;
  std::map<std::string, Entry> entries_;        // by key
  std::set<std::string, std::less<>> missing_;  // names of includes, as written
};

Result<Schema> run(const IdlOptions& options, Texts& texts, const Location& main,
                   std::vector<Diagnostic>* diagnostics) {
  if (diagnostics) {
    diagnostics->clear();
  }
  return Loader(options, texts).run(main, diagnostics);
}

// Returns the Result of `f`; exceptions become errors.
template <class F>
Result<Schema> guarded(F f) {
  try {
    return f();
  } catch (const std::bad_alloc&) {
    return std::unexpected(Error(Errc::no_memory, "out of memory while loading IDL"));
  } catch (const std::exception& e) {
    // The file system library may throw where it converts names.
    return std::unexpected(Error(Errc::io, e.what()));
  }
}

}  // namespace

Result<Schema> load_file(const std::string& path, const IdlOptions& options,
                         std::vector<Diagnostic>* diagnostics) {
  return guarded([&] {
    DiskTexts texts(options, std::nullopt);
    return run(options, texts, {DiskTexts::key_of(path), path}, diagnostics);
  });
}

Result<Schema> load_text(std::string_view text, const IdlOptions& options,
                         std::vector<Diagnostic>* diagnostics) {
  return guarded([&] {
    DiskTexts texts(options, text);
    return run(options, texts, {{}, options.text_name}, diagnostics);
  });
}

Result<Schema> load_map(const std::map<std::string, std::string>& name_to_text,
                        const std::string& main, const IdlOptions& options,
                        std::vector<Diagnostic>* diagnostics) {
  return guarded([&] {
    MapTexts texts(options, name_to_text);
    return run(options, texts, {main, main}, diagnostics);
  });
}

}  // namespace wirejit::thrift
