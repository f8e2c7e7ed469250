#pragma once

#include <string_view>

/// Every fixed line of the text protocol (`STORED`, `NOT_FOUND`, `CLIENT_ERROR ...`), without its
/// line end. The words are memcached's, because clients compare them.
namespace cocached::protocol::text {

inline constexpr std::string_view kLineEnd = "\r\n";
inline constexpr std::string_view kEnd = "END";
inline constexpr std::string_view kMetaEnd = "EN";

inline constexpr std::string_view kOk = "OK";
inline constexpr std::string_view kStored = "STORED";
inline constexpr std::string_view kNotStored = "NOT_STORED";
inline constexpr std::string_view kExists = "EXISTS";
inline constexpr std::string_view kNotFound = "NOT_FOUND";
inline constexpr std::string_view kDeleted = "DELETED";
inline constexpr std::string_view kTouched = "TOUCHED";
inline constexpr std::string_view kReset = "RESET";
inline constexpr std::string_view kNoop = "MN";

inline constexpr std::string_view kError = "ERROR";
inline constexpr std::string_view kBadFormat = "CLIENT_ERROR bad command line format";
inline constexpr std::string_view kBadCommandLine = "CLIENT_ERROR bad command line";
inline constexpr std::string_view kBadDataChunk = "CLIENT_ERROR bad data chunk";
inline constexpr std::string_view kLineTooLong = "CLIENT_ERROR line too long";
inline constexpr std::string_view kBadExpiry = "CLIENT_ERROR invalid exptime argument";
inline constexpr std::string_view kBadDelta = "CLIENT_ERROR invalid numeric delta argument";
inline constexpr std::string_view kNotANumber =
    "CLIENT_ERROR cannot increment or decrement non-numeric value";
inline constexpr std::string_view kBadToken = "CLIENT_ERROR bad token in command line format";
inline constexpr std::string_view kBadBase64 = "CLIENT_ERROR error decoding key";
inline constexpr std::string_view kBadFlag = "CLIENT_ERROR invalid flag";
inline constexpr std::string_view kDuplicateFlag = "CLIENT_ERROR duplicate flag";
inline constexpr std::string_view kBadOrDuplicateFlag = "CLIENT_ERROR invalid or duplicate flag";
inline constexpr std::string_view kTooManyFlags = "CLIENT_ERROR options flags are too long";
inline constexpr std::string_view kOpaqueTooLong = "CLIENT_ERROR opaque token too long";
inline constexpr std::string_view kBadInitial = "CLIENT_ERROR invalid numeric initial value";
inline constexpr std::string_view kBadDeltaValue = "CLIENT_ERROR invalid numeric delta value";
inline constexpr std::string_view kBadStoreMode = "CLIENT_ERROR invalid mode for ms M token";
inline constexpr std::string_view kBadArithmeticMode = "CLIENT_ERROR invalid mode for ma M token";
inline constexpr std::string_view kFlushForbidden = "CLIENT_ERROR flush_all not allowed";
inline constexpr std::string_view kBadShutdownMode = "CLIENT_ERROR invalid shutdown mode";
inline constexpr std::string_view kShutdownForbidden = "SERVER_ERROR: shutdown not enabled";
inline constexpr std::string_view kNamespaceUsage =
    "CLIENT_ERROR usage: ns flush <name>, ns quota <name> <bytes>, ns stats [<name>]";
inline constexpr std::string_view kBadNamespace = "CLIENT_ERROR bad namespace name";
inline constexpr std::string_view kTooManyNamespaces = "SERVER_ERROR too many namespaces";
inline constexpr std::string_view kNamespaceFlushForbidden = "CLIENT_ERROR ns flush not allowed";
inline constexpr std::string_view kNamespaceStatsForbidden = "CLIENT_ERROR ns stats not allowed";
inline constexpr std::string_view kOwned = "OWNED";
inline constexpr std::string_view kDisowned = "DISOWNED";
inline constexpr std::string_view kNotOwner = "ERROR_NOT_OWNER";
inline constexpr std::string_view kNoBucket = "CLIENT_ERROR no BG data in managed mode";
inline constexpr std::string_view kNotManaged = "CLIENT_ERROR not a managed instance";
inline constexpr std::string_view kBadBucket = "CLIENT_ERROR bucket number out of range";
inline constexpr std::string_view kBadBucketFormat = "CLIENT_ERROR bad format";
inline constexpr std::string_view kDetailUsage = "CLIENT_ERROR usage: stats detail on|off|dump";
inline constexpr std::string_view kDetailForbidden = "CLIENT_ERROR stats detail not allowed";
inline constexpr std::string_view kHotKeysForbidden = "CLIENT_ERROR stats hotkeys not allowed";
inline constexpr std::string_view kCachedumpForbidden = "CLIENT_ERROR stats cachedump not allowed";
inline constexpr std::string_view kIllegalSlab = "CLIENT_ERROR Illegal slab id";
inline constexpr std::string_view kWatchForbidden = "CLIENT_ERROR watch commands not allowed";
inline constexpr std::string_view kTooManyWatchers = "WATCHER_TOO_MANY log watcher limit reached";
inline constexpr std::string_view kMetadumpForbidden = "ERROR metadump not allowed";
inline constexpr std::string_view kMgdumpForbidden = "ERROR key dump not allowed";
inline constexpr std::string_view kNoTls = "Error TLS not enabled";
inline constexpr std::string_view kSleepTooLong = "CLIENT_ERROR sleep must be one second or less";
inline constexpr std::string_view kBadWindow = "CLIENT_ERROR automove window too low or too high";
inline constexpr std::string_view kUnauthenticated = "CLIENT_ERROR unauthenticated";
inline constexpr std::string_view kAuthTokenTooLong = "CLIENT_ERROR auth token too long";
inline constexpr std::string_view kBadTermination = "CLIENT_ERROR bad command line termination";
inline constexpr std::string_view kBadAuthToken = "CLIENT_ERROR bad authentication token format";
inline constexpr std::string_view kAuthFailed = "CLIENT_ERROR authentication failure";
inline constexpr std::string_view kTooLarge = "SERVER_ERROR object too large for cache";
inline constexpr std::string_view kTooLargeForUdp = "SERVER_ERROR reply too large for UDP";
inline constexpr std::string_view kNoMemoryToStore = "SERVER_ERROR out of memory storing object";
inline constexpr std::string_view kNoMemory = "SERVER_ERROR out of memory";
inline constexpr std::string_view kNoMemoryToRead = "SERVER_ERROR out of memory reading request";
inline constexpr std::string_view kNoMemoryToReply = "SERVER_ERROR out of memory writing response";
inline constexpr std::string_view kNoMemoryForStats = "SERVER_ERROR out of memory writing stats";
inline constexpr std::string_view kLimitTooSmall =
    "MEMLIMIT_TOO_SMALL cannot set maxbytes to less than 8m";
inline constexpr std::string_view kLimitNotBytes =
    "MEMLIMIT_ADJUST_FAILED input value is megabytes not bytes";
inline constexpr std::string_view kBadClass = "BADCLASS invalid class id";
inline constexpr std::string_view kBadClasses = "BADCLASS invalid src or dst class id";
inline constexpr std::string_view kSameClasses = "SAME src and dst class are identical";
inline constexpr std::string_view kBadPercents = "ERROR hot and warm pcts must not exceed 80";
inline constexpr std::string_view kBadFactors = "ERROR hot/warm age factors must be greater than 0";

}  // namespace cocached::protocol::text
