ARG BASE=bb:base
FROM ${BASE}
RUN echo default > /one
SHELL ["/bin/busybox", "sh", "-o", "pipefail", "-c"]
RUN echo pipefail | cat > /two
RUN ["/bin/sh", "-c", "echo exec > /three"]
ENTRYPOINT exec sleep 1
SHELL ["/bin/sh", "-e", "-c"]
RUN echo strict > /four
HEALTHCHECK --interval=1m --start-period=10s CMD test -f /four && echo ok
CMD echo "shell form" && true
