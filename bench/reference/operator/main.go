// A minimal operator by controller-runtime, beside which the whole operator is measured (bench/operator): the same watches, with
// transforms that keep what is needed, and one result for each Deployment, as large as the operator's, written where the images that
// run have changed. It judges nothing and asks nobody. Prints a line of JSON when all is written, and works until it is told to stop.
package main

import (
	"context"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/clientcmd"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

const concurrency = 16 // as many as the operator's client sends at once

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func ownerOf(object client.Object) []string {
	if owner := metav1.GetControllerOf(object); owner != nil {
		return []string{owner.Name}
	}
	return nil
}

func ownersKey(object client.Object) []reconcile.Request {
	owner := metav1.GetControllerOf(object)
	if owner == nil {
		return nil
	}
	return []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: object.GetNamespace(), Name: owner.Name}}}
}

func deploymentOf(reader client.Reader) handler.MapFunc {
	return func(ctx context.Context, pod client.Object) []reconcile.Request {
		owner := metav1.GetControllerOf(pod)
		if owner == nil {
			return nil
		}
		var set appsv1.ReplicaSet
		if err := reader.Get(ctx, types.NamespacedName{Namespace: pod.GetNamespace(), Name: owner.Name}, &set); err != nil {
			return nil // its own event brings the Deployment
		}
		return ownersKey(&set)
	}
}

func newManager() ctrl.Manager {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	must(err)
	config.QPS = -1 // as the operator: the API server says when it is too much
	log.SetLogger(zap.New(zap.WriteTo(os.Stderr)))
	must(addResult(scheme.Scheme))
	made, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:  scheme.Scheme,
		Metrics: server.Options{BindAddress: "0"},
		Cache: cache.Options{ByObject: map[client.Object]cache.ByObject{
			&corev1.Pod{}:        {Transform: keepPod},
			&appsv1.ReplicaSet{}: {Transform: keepReplicaSet},
			&appsv1.Deployment{}: {Transform: keepDeployment},
		}, DefaultTransform: cache.TransformStripManagedFields()},
	})
	must(err)
	return made
}

// What the operator watches, too, beside what is reconciled here.
func watchOthers(ctx context.Context, informers cache.Cache) {
	ofKind := func(group, kind string) client.Object {
		object := &metav1.PartialObjectMetadata{}
		object.SetGroupVersionKind(schema.GroupVersionKind{Group: group, Version: map[string]string{"": "v1", "kubexray.io": "v1alpha1"}[group], Kind: kind})
		return object
	}
	for _, object := range []client.Object{
		&XrayScanResult{}, ofKind("", "Node"), ofKind("", "Namespace"),
		ofKind("kubexray.io", "XrayPolicy"), ofKind("kubexray.io", "ClusterXrayPolicy"),
		ofKind("kubexray.io", "XrayException"), ofKind("kubexray.io", "XrayConnection"),
		&appsv1.StatefulSet{}, &appsv1.DaemonSet{}, &corev1.ReplicationController{}, &batchv1.Job{}, &batchv1.CronJob{},
		&policyv1.PodDisruptionBudget{},
	} {
		_, err := informers.GetInformer(ctx, object, cache.BlockUntilSynced(false))
		must(err)
	}
}

// Of this program alone: what getrusage calls the peak counts the memory of the parent that forked it, too.
func mebibytes(field string) float64 {
	status, err := os.ReadFile("/proc/self/status")
	must(err)
	for _, line := range strings.Split(string(status), "\n") {
		if strings.HasPrefix(line, field+":") {
			kib, err := strconv.ParseFloat(strings.Fields(line)[1], 64)
			must(err)
			return kib / 1024
		}
	}
	return 0
}

func report(ctx context.Context, began time.Time, reader client.Reader, p *progress) {
	synced := time.Since(began)
	var deployments appsv1.DeploymentList
	must(reader.List(ctx, &deployments))
	for p.done.Load() < int64(len(deployments.Items)) {
		time.Sleep(20 * time.Millisecond)
	}
	var usage syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	cpu := time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	must(json.NewEncoder(os.Stdout).Encode(map[string]any{
		"inStepSeconds": synced.Seconds(), "resultsSeconds": time.Unix(0, p.last.Load()).Sub(began).Seconds(),
		"cpuSeconds": cpu.Seconds(), "rssMiB": mebibytes("VmRSS"), "peakMiB": mebibytes("VmHWM"),
	}))
}

func main() {
	began := time.Now()
	m := newManager()
	ctx := ctrl.SetupSignalHandler()
	must(m.GetFieldIndexer().IndexField(ctx, &corev1.Pod{}, byOwner, ownerOf))
	must(m.GetFieldIndexer().IndexField(ctx, &appsv1.ReplicaSet{}, byOwner, ownerOf))
	watchOthers(ctx, m.GetCache())
	p := &progress{}
	must(ctrl.NewControllerManagedBy(m).
		For(&appsv1.Deployment{}).
		Watches(&appsv1.ReplicaSet{}, handler.EnqueueRequestsFromMapFunc(func(_ context.Context, set client.Object) []reconcile.Request { return ownersKey(set) })).
		Watches(&corev1.Pod{}, handler.EnqueueRequestsFromMapFunc(deploymentOf(m.GetClient()))).
		WithOptions(controller.Options{MaxConcurrentReconciles: concurrency}).
		Complete(&reconciler{client: m.GetClient(), progress: p}))
	go func() {
		if m.GetCache().WaitForCacheSync(ctx) {
			report(ctx, began, m.GetClient(), p)
		}
	}()
	must(m.Start(ctx))
}
