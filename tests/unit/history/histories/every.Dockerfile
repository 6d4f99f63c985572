ARG BASE=bb:base
FROM ${BASE} AS build
RUN echo built > /built

FROM ${BASE}
MAINTAINER Ann Other <ann@example.org>
ARG VER=1.0
ARG NODEF
ARG TWO="two words"
LABEL org.x=y z="k v" \
      multi="a \
b"
ENV A=1 B="two words" C=$VER
ENV LEGACY some legacy value
EXPOSE 80 443/udp
VOLUME ["/data", "/more"]
VOLUME /plain
RUN echo $VER > /v  && echo two > /w
RUN set -e; \
    # a comment inside
    echo one > /one; \

    echo "quoted   blanks" > /two
RUN ["echo", "exec form"]
RUN ["/bin/sh", "-c", "echo exec sh > /e"]
RUN true
COPY a.txt b.txt /out/
COPY --chown=1:1 a.txt b.txt /data2/
COPY ["c d.txt", "/sp ace/"]
COPY --from=build /built /built
ADD dir /dir
ADD a.txt dir/x /more2/
WORKDIR /goof
WORKDIR sub
USER 1:1
SHELL ["/bin/sh", "-ec"]
USER root
RUN echo other shell > /s # user comment # buildkit
ENV AFTER=shell
STOPSIGNAL SIGTERM
ONBUILD RUN echo "on build" > /ob
ONBUILD COPY a.txt /ob-a
HEALTHCHECK --interval=5s --timeout=90s --retries=3 CMD wget -q localhost || exit 1
HEALTHCHECK CMD ["wget", "-q", "a b"]
HEALTHCHECK NONE
ENTRYPOINT ["/bin/sh", "-c"]
CMD echo hello   "world"
CMD ["-c", "x"]
