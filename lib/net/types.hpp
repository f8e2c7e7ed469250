#pragma once

#include <chrono>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

/// Asio's names, bound to the one executor of this layer.
namespace cocached::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

using IoExecutor = asio::io_context::executor_type;

/// Streams of any family: TCP and Unix sockets are the same to a connection.
using StreamProtocol = asio::generic::stream_protocol;
using Endpoint = StreamProtocol::endpoint;
using Socket = asio::basic_stream_socket<StreamProtocol, IoExecutor>;
using Acceptor = asio::basic_socket_acceptor<StreamProtocol, IoExecutor>;

using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, IoExecutor>;

/// A coroutine of this layer. Always given to a TaskGroup or awaited, never detached.
template <class T>
using Task = asio::awaitable<T, IoExecutor>;

/// Completion token: `auto [error, result] = co_await ...`. A client that leaves is a value.
/// Deferred: the operation starts in the frame that awaits it, where use_awaitable would make one
/// more.
inline constexpr auto as_value = asio::as_tuple(asio::deferred);

}  // namespace cocached::net
