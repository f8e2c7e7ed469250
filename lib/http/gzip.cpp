#include "http/gzip.hpp"

#include <algorithm>
#include <new>
#include <zlib.h>

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/rfc7230.hpp>

namespace cocached::http {
namespace {

using boost::beast::iequals;
using boost::beast::http::ext_list;

/// Reads a weight such as `;q=0.5`. A weight of 0, in any number of digits, refuses the coding.
bool has_weight(const ext_list::value_type& coding) {
  return std::ranges::none_of(coding.second, [](const auto& parameter) {
    return iequals(parameter.first, "q") &&
           std::ranges::all_of(parameter.second, [](char c) { return c == '0' || c == '.'; });
  });
}

/// zlib's state, from its making to its end.
class Deflater {
 public:
  Deflater() {
    constexpr int kGzip = 15 + 16;  // the largest window; a header and a sum around it
    if (deflateInit2(&stream_, Z_BEST_SPEED, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc{};
  }
  ~Deflater() { deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  std::string all_of(std::string_view text) {
    std::string packed(deflateBound(&stream_, text.size()), '\0');
    // zlib does not write to its input, whatever the type says.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream_.avail_in = static_cast<uInt>(text.size());
    stream_.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream_.avail_out = static_cast<uInt>(packed.size());
    deflate(&stream_, Z_FINISH);  // all fits, by `deflateBound`
    packed.resize(stream_.total_out);
    return packed;
  }

 private:
  z_stream stream_{};
};

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  bool by_star = false;
  for (const auto& coding : ext_list{{accept_encoding.data(), accept_encoding.size()}}) {
    if (iequals(coding.first, "gzip") || iequals(coding.first, "x-gzip")) return has_weight(coding);
    if (coding.first == "*") by_star = has_weight(coding);
  }
  return by_star;
}

std::string gzip(std::string_view text) {
  return Deflater{}.all_of(text);
}

}  // namespace cocached::http
