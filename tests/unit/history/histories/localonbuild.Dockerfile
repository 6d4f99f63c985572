ARG BASE=bb:base
FROM ${BASE} AS parent
RUN echo parent > /parent
ONBUILD COPY a.txt /onbuild/
ONBUILD RUN echo "on build" > /onbuild/ran

FROM parent
COPY b.txt /b.txt
RUN echo child > /child
