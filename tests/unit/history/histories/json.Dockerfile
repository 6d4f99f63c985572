ARG BASE=bb:base
FROM ${BASE}
RUN ["/bin/sh", "-c", "echo 'one two' > /one"]
COPY ["a.txt", "b.txt", "/json dir/"]
ADD ["c d.txt", "/json dir/"]
VOLUME ["/v one", "/v2"]
RUN [ -f /one ] && echo yes > /yes
RUN ['single', 'quotes'] || true
SHELL ["/bin/sh", "-c"]
ENTRYPOINT ["/bin/echo", "a \"quoted\" word", "tab\there"]
CMD [ "x" , "y z" ]
